package flink

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Memory is what BashJavaUtils prints for one process: flags for the JVM and
// options that tell the process the sizes its JVM was given.
type Memory struct {
	JVM     []string
	Dynamic Options
	Heap    int64 // bytes
}

// JobManagerMemory computes what GET_JM_RESOURCE_PARAMS prints
// (JobManagerProcessUtils). An error means that Flink's own tool may have to say
// what is wrong.
func JobManagerMemory(s Source) (Memory, error) {
	heap, offHeap, shell, err := jobManagerSizes(s)
	if err != nil {
		return Memory{}, err
	}
	m := Memory{Heap: heap, JVM: heapFlags(heap)}
	limited, err := boolean(s, "jobmanager.memory.enable-jvm-direct-memory-limit", false)
	if err != nil {
		return Memory{}, err
	}
	if limited {
		m.JVM = append(m.JVM, "-XX:MaxDirectMemorySize="+strconv.FormatInt(offHeap, 10))
	}
	m.JVM = append(m.JVM, "-XX:MaxMetaspaceSize="+strconv.FormatInt(shell.metaspace, 10))
	m.Dynamic = Options{ // the order in which Java's hash map gives them out
		size("jobmanager.memory.off-heap.size", offHeap),
		size("jobmanager.memory.jvm-overhead.min", shell.overhead),
		size("jobmanager.memory.jvm-metaspace.size", shell.metaspace),
		size("jobmanager.memory.heap.size", heap),
		size("jobmanager.memory.jvm-overhead.max", shell.overhead),
	}
	return m, nil
}

func heapFlags(heap int64) []string {
	n := strconv.FormatInt(heap, 10)
	return []string{"-Xmx" + n, "-Xms" + n}
}

func size(key string, bytes int64) Option {
	return Option{key, strconv.FormatInt(bytes, 10) + "b"}
}

// shellSizes is what a JVM takes beside the memory that Flink manages
// (JvmMetaspaceAndOverhead).
type shellSizes struct{ metaspace, overhead int64 }

func jobManagerSizes(s Source) (heap, offHeap int64, shell shellSizes, err error) {
	if offHeap, err = jmOffHeap.get(s); err != nil {
		return
	}
	if jmHeap.isSet(s) {
		if heap, err = jmHeap.get(s); err != nil {
			return
		}
		if jmOptions.flink.isSet(s) {
			if offHeap, err = jobManagerOffHeap(s, heap, offHeap); err != nil {
				return
			}
		}
		var total int64
		if total, err = sum(heap, offHeap); err != nil {
			return
		}
		shell, err = jmOptions.around(s, total)
		return
	}
	total, shell, err := jmOptions.total(s)
	if err == nil && total <= offHeap {
		err = fmt.Errorf("JobManager: %d bytes in all leave no heap beside %d bytes off heap", total, offHeap)
	}
	return total - offHeap, offHeap, shell, err
}

func jobManagerOffHeap(s Source, heap, offHeap int64) (int64, error) {
	total, err := jmOptions.flink.get(s)
	if err != nil {
		return 0, err
	}
	if jmOffHeap.isSet(s) && total != heap+offHeap || total < heap {
		return 0, errors.New("JobManager: heap and off-heap memory do not add up to jobmanager.memory.flink.size")
	}
	return total - heap, nil
}

// total returns Flink's own memory, from the option for it or from that for the
// whole process.
func (o processOptions) total(s Source) (int64, shellSizes, error) {
	if o.flink.isSet(s) {
		total, err := o.flink.get(s)
		if err != nil {
			return 0, shellSizes{}, err
		}
		shell, err := o.around(s, total)
		return total, shell, err
	}
	if o.process.isSet(s) {
		return o.inside(s)
	}
	return 0, shellSizes{}, fmt.Errorf("neither %s nor %s is set", o.flink.key, o.process.key)
}

// inside derives everything from the size of the whole process.
func (o processOptions) inside(s Source) (total int64, shell shellSizes, err error) {
	process, err := o.process.get(s)
	if err != nil {
		return
	}
	if shell.metaspace, err = o.metaspace.get(s); err != nil {
		return
	}
	b, err := o.overhead.get(s)
	if err != nil {
		return
	}
	if shell.overhead, err = b.of(process); err != nil {
		return
	}
	taken, err := sum(shell.metaspace, shell.overhead)
	if err == nil && taken > process {
		err = fmt.Errorf("metaspace and overhead of the JVM are more than %s", o.process.key)
	}
	return process - taken, shell, err
}

// around derives metaspace and overhead from the size of Flink's own memory.
func (o processOptions) around(s Source, total int64) (shell shellSizes, err error) {
	if shell.metaspace, err = o.metaspace.get(s); err != nil {
		return
	}
	b, err := o.overhead.get(s)
	if err != nil {
		return
	}
	used, err := sum(total, shell.metaspace)
	if err != nil {
		return
	}
	if !o.process.isSet(s) {
		shell.overhead, err = b.inverse(used)
		return
	}
	process, err := o.process.get(s)
	if err != nil {
		return
	}
	shell.overhead = process - used
	if process < used || !b.contain(shell.overhead) {
		err = fmt.Errorf("%s leaves no overhead within its bounds", o.process.key)
	}
	return
}

func boolean(s Source, key string, def bool) (bool, error) {
	text, ok := s.Get(key)
	if !ok {
		return def, nil
	}
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("%s: %q is neither true nor false", key, text)
}

var plainInteger = regexp.MustCompile(`^[0-9]{1,9}$`)
