// Package savepoint reads the _metadata file of a savepoint or checkpoint: which
// operators have state, under which ids, and which files it needs. It reads the
// versions 3 to 6, which Flink 1.11 to 2.3 write
// (org.apache.flink.runtime.checkpoint.metadata.MetadataV3Serializer and on).
package savepoint

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
)

const (
	// MaxSize is the largest _metadata that is read, in bytes. State of less than
	// execution.checkpointing.data-inline-threshold (20 kB) lies in it.
	MaxSize = 1 << 30

	magic       = 0x4960672d
	masterMagic = -0x3694e96a // 0xC96B1696
	oldest      = 3
	newest      = 6
)

// Savepoint is a savepoint or checkpoint.
type Savepoint struct {
	Version      int   `json:"version"` // of the format
	CheckpointID int64 `json:"checkpointId"`
	// Kind is "savepoint", "checkpoint", or empty where the format does not say.
	Kind string `json:"kind"`
	// Stop: it is a savepoint with which the job was to end.
	Stop      bool       `json:"-"`
	Operators []Operator `json:"operators"`
	// Files are all files that a restore reads besides _metadata, sorted: relative to
	// its directory, or full URIs, which a copy of the directory does not contain.
	Files []string `json:"files"`
}

// Operator is the state of one operator.
type Operator struct {
	ID             string `json:"id"`             // 32 hex digits
	UID            string `json:"uid,omitempty"`  // since version 5
	Name           string `json:"name,omitempty"` // since version 5
	Parallelism    int    `json:"parallelism"`
	MaxParallelism int    `json:"maxParallelism"`
	// HasState is so in Flink's sense: a restore into a job without this operator
	// needs allowNonRestoredState. A handle counts even when nothing is behind it.
	HasState bool `json:"hasState"`
	// Finished: all of its tasks had ended.
	Finished bool     `json:"finished,omitempty"`
	Kinds    []string `json:"kinds"` // of state, see the constants; sorted
	Bytes    int64    `json:"bytes"`
	// States are the states whose names the file tells without reading state itself:
	// operator state.
	States map[string]State `json:"states"`
}

// The kinds of state.
const (
	KindCoordinator = "coordinator"
	KindOperator    = "operator"
	KindRawOperator = "raw-operator"
	KindKeyed       = "keyed"
	KindRawKeyed    = "raw-keyed"
	KindChannel     = "channel" // in-flight data of an unaligned checkpoint
)

// State is one named state.
type State struct {
	Kind       string `json:"kind"`                 // split, union or broadcast
	Serializer string `json:"serializer,omitempty"` // not read yet
}

// NewerError is for a file whose format is newer than this program.
type NewerError struct {
	Version int
	// CheckpointID lies where every format since 2 has it.
	CheckpointID int64
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("it has version %d; versions %d to %d are read", e.Version, oldest, newest)
}

// Parse reads a whole _metadata file. A file that is cut off anywhere is an error;
// one of a newer Flink is a *NewerError.
func Parse(data []byte) (*Savepoint, error) {
	s, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("savepoint metadata: %w", err)
	}
	return s, nil
}

func parse(data []byte) (*Savepoint, error) {
	if len(data) == 0 {
		return nil, errors.New("it is empty")
	}
	if len(data) > MaxSize {
		return nil, fmt.Errorf("it has %d bytes; at most %d are read", len(data), MaxSize)
	}
	r := &reader{cursor: cursor{data: data}, files: map[string]bool{}}
	if m := r.i32(); r.err == nil && m != magic {
		return nil, errors.New("it is not a _metadata file of Flink")
	}
	s := &Savepoint{Version: r.i32(), Operators: []Operator{}}
	if r.err == nil && s.Version < oldest {
		return nil, fmt.Errorf("it has version %d; versions %d to %d are read", s.Version, oldest, newest)
	}
	r.version = s.Version
	s.CheckpointID = r.i64()
	if r.err == nil && s.Version > newest {
		return nil, &NewerError{s.Version, s.CheckpointID}
	}
	if s.CheckpointID < 0 {
		r.fail("negative checkpoint id")
	}
	r.masters()
	for range r.count("operators", 28) {
		s.Operators = append(s.Operators, r.operator())
		if r.err != nil {
			return nil, r.err
		}
	}
	if s.Version >= 4 {
		s.Kind, s.Stop = r.properties()
	}
	if r.err == nil && r.pos != len(data) {
		r.fail("something follows its end")
	}
	if r.err != nil {
		return nil, r.err
	}
	s.Files = []string{}
	for file := range r.files {
		s.Files = append(s.Files, file)
	}
	slices.Sort(s.Files)
	return s, nil
}

// reader reads one file.
type reader struct {
	cursor
	version int
	files   map[string]bool
	op      *Operator // whose state is being read
}

// masters passes over the state of hooks on the JobManager.
func (r *reader) masters() {
	for range r.count("master states", 8) {
		if m := r.i32(); r.err == nil && m != masterMagic {
			r.fail("no master state")
		}
		r.blob()
	}
}

func (r *reader) operator() Operator {
	o := Operator{Kinds: []string{}, States: map[string]State{}}
	r.op = &o
	if r.version >= 5 {
		o.Name, o.UID = r.text(), r.text()
	}
	o.ID = hex.EncodeToString(r.bytes(16))
	o.Parallelism, o.MaxParallelism = r.i32(), r.i32()
	if r.err == nil && (o.Parallelism < 0 || o.MaxParallelism < 1) {
		r.fail("parallelism %d of %d", o.Parallelism, o.MaxParallelism)
	}
	if r.stream(0) {
		o.has(KindCoordinator)
	}
	if r.finished() {
		o.Finished = true
		return o
	}
	for range r.count("tasks", 4) {
		if index := r.i32(); index >= 0 { // else that task had ended
			r.task()
		}
		if r.err != nil {
			break
		}
	}
	slices.Sort(o.Kinds)
	return o
}

// finished looks for the mark of an operator all of whose tasks had ended, and
// passes over it.
func (r *reader) finished() bool {
	start := r.pos
	if n := r.i32(); r.err == nil && n < 0 {
		return true
	}
	if r.err == nil {
		r.pos = start
	}
	return false
}

// has notes that the operator has a kind of state.
func (o *Operator) has(kind string) {
	o.HasState = true
	if !slices.Contains(o.Kinds, kind) {
		o.Kinds = append(o.Kinds, kind)
	}
}

func (r *reader) task() {
	for _, kind := range []string{KindOperator, KindRawOperator} {
		if r.i32() != 0 && r.operatorState(kind == KindOperator) {
			r.op.has(kind)
		}
	}
	for _, kind := range []string{KindKeyed, KindRawKeyed} {
		if r.keyed(0) {
			r.op.has(kind)
		}
	}
	for range 2 { // of input channels, then of result partitions
		for range r.count("channels", 16) {
			r.channel()
			r.op.has(KindChannel)
			if r.err != nil {
				return
			}
		}
	}
}
