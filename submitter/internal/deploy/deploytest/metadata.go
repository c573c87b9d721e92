package deploytest

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"strings"

	"flink-sql-driver/plan"
)

// newestFormat is of _metadata files: Flink 2.3's.
const newestFormat = 6

// metadata is a _metadata file that lists operators, all with some state, as
// MetadataV6Serializer writes them. What follows them is the real file's.
func (t *Target) metadata(id int64, uids []string) []byte {
	const magic = 0x4960672d
	format := t.Format
	if format == 0 {
		format = newestFormat
	}
	var b bytes.Buffer
	number := func(v any) { _ = binary.Write(&b, binary.BigEndian, v) } // a Buffer takes all
	text := func(s string) { number(uint16(len(s))); b.WriteString(s) }
	number([]uint32{magic, format})
	number(id)
	number([]uint32{0, uint32(len(uids))}) // no state of hooks
	for _, uid := range uids {
		text(uid)
		text(uid)
		operator, err := hex.DecodeString(plan.OperatorID(uid))
		if err != nil {
			panic(err)
		}
		b.Write(operator)
		number([]uint32{1, 128}) // parallelism, maximum
		b.WriteByte(1)           // bytes of its coordinator
		text("state")
		number([]uint32{3})
		b.WriteString("abc")
		number([]uint32{0}) // no tasks
	}
	properties := t.Metadata[bytes.LastIndex(t.Metadata, []byte{0xac, 0xed, 0, 5}):] // by Java's serialization
	if t.stops {
		properties = bytes.Replace(properties, []byte("\x00\x04NONE"), []byte("\x00\x07SUSPEND"), 1)
	}
	b.Write(properties)
	return b.Bytes()
}

// operators are the uids of a plan's operators.
func (t *Target) operators(planURI string) []string {
	data, err := t.Bucket.Read(context.Background(), strings.TrimPrefix(planURI, t.Bucket.URI("")), plan.MaxSize)
	if err != nil {
		return nil // a launch that cannot read its plan has none
	}
	p, err := plan.Parse(data)
	if err != nil {
		return nil
	}
	var uids []string
	for _, n := range p.Nodes() {
		uids = append(uids, n.UID())
	}
	return uids
}
