package plan

import (
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"strconv"
	"strings"
)

// defaultUIDFormat is the default of table.exec.uid.format.
const defaultUIDFormat = "<id>_<transformation>"

// transformations are the names of the transformations that hold a node's state,
// where they are not the node's type.
var transformations = map[string]string{
	"table-source-scan":      "source",
	"limit":                  "rank",
	"sort-limit":             "rank",
	"window-table-function":  "window",
	"process-table-function": "process",
}

// Transformation names the part of the node that holds its state.
func (n Node) Transformation() string {
	if n.Materializes() {
		return "upsert-materialize"
	}
	if n.Type == "sink" {
		if t, _ := n.table("dynamicTableSink"); t.Connector() == "filesystem" {
			return "streaming-writer"
		}
	}
	if name, ok := transformations[n.Type]; ok {
		return name
	}
	return n.Type
}

// UID is the uid of the node's Transformation (ExecNodeContext.generateUid).
func (n Node) UID() string {
	if uid := n.json.get("uid").text(); uid != "" {
		return uid // a process table function's own
	}
	format := n.json.path("configuration", "table.exec.uid.format").text()
	if format == "" {
		format = defaultUIDFormat
	}
	version := n.RawType[strings.LastIndexByte(n.RawType, '_')+1:]
	base := strings.TrimSuffix(n.RawType, "_"+version)
	return strings.NewReplacer(
		"<id>", strconv.Itoa(n.ID), "<type>", base, "<version>", version, "<transformation>", n.Transformation(),
	).Replace(format)
}

// OperatorID is the id under which a savepoint keeps the state of the operator
// with a uid: the 128 bits of murmur3 (x64, seed 0), in hex
// (StreamGraphHasherV2.generateUserSpecifiedHash).
func OperatorID(uid string) string {
	const c1, c2 = 0x87c37b91114253d5, 0x4cf5ad432745937f
	var h1, h2 uint64
	tail := []byte(uid)
	for ; len(tail) >= 16; tail = tail[16:] {
		h1 ^= bits.RotateLeft64(binary.LittleEndian.Uint64(tail)*c1, 31) * c2
		h1 = (bits.RotateLeft64(h1, 27)+h2)*5 + 0x52dce729
		h2 ^= bits.RotateLeft64(binary.LittleEndian.Uint64(tail[8:])*c2, 33) * c1
		h2 = (bits.RotateLeft64(h2, 31)+h1)*5 + 0x38495ab5
	}
	var rest [16]byte
	copy(rest[:], tail)
	h2 ^= bits.RotateLeft64(binary.LittleEndian.Uint64(rest[8:])*c2, 33) * c1
	h1 ^= bits.RotateLeft64(binary.LittleEndian.Uint64(rest[:])*c1, 31) * c2
	h1 ^= uint64(len(uid))
	h2 ^= uint64(len(uid))
	h1 += h2
	h2 += h1
	h1, h2 = mix(h1), mix(h2)
	h1 += h2
	h2 += h1
	var id [16]byte
	binary.LittleEndian.PutUint64(id[:], h1)
	binary.LittleEndian.PutUint64(id[8:], h2)
	return hex.EncodeToString(id[:])
}

// mix is murmur3's finalizer.
func mix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
