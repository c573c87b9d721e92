package savepoint

// Codes of handles (MetadataV2V3SerializerBase).
const (
	handleNull            = 0
	handleBytes           = 1
	handleFile            = 2
	handleKeyGroups       = 3
	handlePartitionable   = 4
	handleIncremental     = 5
	handleRelative        = 6
	handleSavepointKeys   = 7
	handleChangelog       = 8
	handleChangelogBytes  = 9
	handleChangelogFile   = 10
	handleIncrementalV2   = 11
	handleKeyGroupsV2     = 12
	handleChangelogFileV2 = 13
	handleChangelogV2     = 14
	handleSegment         = 15
	handleEmptySegment    = 16
	handlePartitionableV2 = 17
)

// maxNesting of handles; Flink's own go two or three deep.
const maxNesting = 32

// stream reads a handle to a stream and reports whether there is one.
func (r *reader) stream(depth int) bool {
	if depth > maxNesting {
		r.fail("handles are nested too deep")
		return false
	}
	switch code := r.u8(); code {
	case handleNull:
		return false
	case handleBytes:
		r.text()
		r.add(int64(len(r.blob())))
	case handleFile:
		size := r.i64()
		r.file(r.text(), size)
	case handleRelative:
		path := r.text()
		r.file(path, r.i64())
	case handleKeyGroups:
		r.keyGroups()
		r.stream(depth + 1)
	case handleSegment:
		r.i64() // where it starts
		size := r.i64()
		r.i32() // exclusive or shared
		r.file(r.text(), size)
		r.text()
	case handleEmptySegment:
	default:
		r.fail("unknown kind of stream %d", code)
	}
	return r.err == nil
}

func (r *reader) file(path string, size int64) {
	if r.err == nil && path == "" {
		r.fail("a file without a path")
	}
	if r.err == nil {
		r.files[path] = true
	}
	r.add(size)
}

// add counts bytes of state.
func (r *reader) add(n int64) {
	if r.err == nil && (n < 0 || r.op.Bytes > 1<<62-n) {
		r.fail("state of %d bytes", n)
	}
	if r.err == nil {
		r.op.Bytes += n
	}
}

// keyGroups passes over a range of key groups and the offset of each.
func (r *reader) keyGroups() {
	r.i32()
	r.offsets(r.count("key groups", 8))
}

func (r *reader) offsets(n int) { r.bytes(8 * n) }

var modes = []string{"split", "union", "broadcast"}

// operatorState reads state that is not keyed; managed: its names are states.
func (r *reader) operatorState(managed bool) bool {
	code := r.u8()
	if code == handleNull {
		return false
	}
	if r.err == nil && code != handlePartitionable && code != handlePartitionableV2 {
		r.fail("unknown kind of operator state %d", code)
		return false
	}
	for range r.count("states", 7) {
		name := r.text()
		mode := int(r.u8())
		r.offsets(r.count("partitions", 8))
		if r.err == nil && mode >= len(modes) {
			r.fail("unknown mode %d of state %q", mode, name)
		}
		if r.err != nil {
			return false
		}
		if managed {
			r.op.States[name] = State{Kind: modes[mode]}
		}
	}
	if code == handlePartitionableV2 {
		r.text() // the directory of the task
		r.text() // the shared directory
		r.u8()   // whether it is empty
	}
	r.stream(0)
	return r.err == nil
}

// keyed reads keyed state and reports whether there is any.
func (r *reader) keyed(depth int) bool {
	if depth > maxNesting {
		r.fail("handles are nested too deep")
		return false
	}
	switch code := r.u8(); code {
	case handleNull:
		return false
	case handleKeyGroups, handleKeyGroupsV2, handleSavepointKeys:
		r.keyGroups()
		r.stream(0)
		if code == handleKeyGroupsV2 {
			r.text() // id of the handle
		}
	case handleIncremental, handleIncrementalV2:
		r.incremental(code)
	case handleChangelog, handleChangelogV2:
		r.changelog(code, depth)
	case handleChangelogBytes:
		r.changelogBytes()
	case handleChangelogFile, handleChangelogFileV2:
		r.changelogFiles(code)
	default:
		r.fail("unknown kind of keyed state %d", code)
	}
	return r.err == nil
}

// incremental reads a RocksDB snapshot: its own metadata and its files.
func (r *reader) incremental(code byte) {
	r.i64()  // checkpoint
	r.text() // id of the backend
	r.i32()  // first key group
	r.i32()  // number of key groups
	if code == handleIncrementalV2 {
		r.i64() // bytes that this checkpoint added
	}
	r.stream(0)
	for range 2 { // shared files, then private ones
		for range r.count("files", 3) {
			r.text() // local name
			r.stream(0)
			if r.err != nil {
				return
			}
		}
	}
	if code == handleIncrementalV2 {
		r.text()
	}
}

func (r *reader) changelog(code byte, depth int) {
	r.i32()
	r.i32()
	r.i64()
	for range 2 { // materialized state, then changes since
		for range r.count("handles", 1) {
			r.keyed(depth + 1)
			if r.err != nil {
				return
			}
		}
	}
	r.i64() // materialization
	if code == handleChangelogV2 {
		r.i64() // checkpoint
	}
	r.text()
}

func (r *reader) changelogBytes() {
	r.i32()
	r.i32()
	r.i64()
	r.i64()
	for range r.count("changes", 8) {
		r.i32() // key group
		r.add(int64(len(r.blob())))
	}
	r.text()
}

func (r *reader) changelogFiles(code byte) {
	r.i32()
	r.i32()
	for range r.count("files", 9) {
		r.i64() // offset
		r.stream(0)
		if r.err != nil {
			return
		}
	}
	r.i64()
	r.i64()
	r.text()
	if code == handleChangelogFileV2 {
		r.text() // kind of storage
	}
}

// Kinds of channel state since version 6 (ChannelStateHandleSerializerV2).
const (
	channelInput        = 1
	channelOutput       = 2
	channelMergedInput  = 3
	channelMergedOutput = 4
)

func (r *reader) channel() {
	code := byte(channelInput)
	if r.version >= 6 {
		code = r.u8()
	}
	switch code {
	case channelInput, channelOutput:
		r.i32() // task
		r.i32() // gate or partition
		r.i32() // channel or subpartition
		r.offsets(r.count("offsets", 8))
		r.i64() // size: of the part of the stream, which counts already
		r.stream(0)
	case channelMergedInput, channelMergedOutput:
		r.i32()
		r.i64()
		r.stream(0)
		r.blob()
	default:
		r.fail("unknown kind of channel state %d", code)
	}
}
