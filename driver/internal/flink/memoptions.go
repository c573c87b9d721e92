package flink

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
)

// memOption is a ConfigOption<MemorySize> of JobManagerOptions or
// TaskManagerOptions.
type memOption struct {
	key        string
	deprecated string
	def        int64 // bytes; noDefault if it has none
}

const noDefault = -1

// isSet is Configuration.contains.
func (o memOption) isSet(s Source) bool {
	_, ok := o.text(s)
	return ok
}

func (o memOption) text(s Source) (string, bool) {
	if v, ok := s.Get(o.key); ok {
		return v, true
	}
	if o.deprecated == "" {
		return "", false
	}
	return s.Get(o.deprecated)
}

// get is ProcessMemoryUtils.getMemorySizeFromConfig.
func (o memOption) get(s Source) (int64, error) {
	text, ok := o.text(s)
	if !ok {
		if o.def == noDefault {
			return 0, fmt.Errorf("%s is not set", o.key)
		}
		return o.def, nil
	}
	size, err := ParseMemorySize(text)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", o.key, err)
	}
	return size, nil
}

// fraction is a part of a size, kept between two bounds (RangeFraction).
type fraction struct {
	key, deprecated string
	def             float32
	min, max        memOption
}

var plainDecimal = regexp.MustCompile(`^\s*[0-9]*\.?[0-9]+\s*$`)

type bounds struct {
	min, max int64
	part     float64
}

func (f fraction) get(s Source) (bounds, error) {
	var b bounds
	var err error
	if b.min, err = f.min.get(s); err != nil {
		return b, err
	}
	if b.max, err = f.max.get(s); err != nil {
		return b, err
	}
	part := f.def
	if text, ok := (memOption{key: f.key, deprecated: f.deprecated}).text(s); ok {
		if !plainDecimal.MatchString(text) {
			return b, fmt.Errorf("%s: %q is not a plain decimal number", f.key, text)
		}
		v, err := strconv.ParseFloat(plainDecimal.FindString(text), 32)
		if err != nil {
			return b, fmt.Errorf("%s: %q", f.key, text)
		}
		part = float32(v)
	}
	// Flink reads a float and goes on with the double of the same value, so that
	// 0.1 is 0.10000000149011612; the last bytes of every size depend on it.
	b.part = float64(part)
	if b.min > b.max || b.part < 0 || b.part >= 1 {
		return b, fmt.Errorf("%s, its min and its max do not fit together", f.key)
	}
	return b, nil
}

// of is ProcessMemoryUtils.deriveWithFraction.
func (b bounds) of(base int64) (int64, error) { return b.capped(base, b.part) }

// inverse is ProcessMemoryUtils.deriveWithInverseFraction: base is what is left
// when the part is taken away.
func (b bounds) inverse(base int64) (int64, error) { return b.capped(base, b.part/(1-b.part)) }

func (b bounds) capped(base int64, factor float64) (int64, error) {
	size, err := multiply(base, factor)
	return min(max(size, b.min), b.max), err
}

func (b bounds) contain(size int64) bool { return size >= b.min && size <= b.max }

const mib = 1 << 20

// processOptions are the options that JobManager and TaskManager have in common
// (ProcessMemoryOptions).
type processOptions struct {
	process, flink, metaspace memOption
	overhead                  fraction
}

func processOptionsOf(prefix string) processOptions {
	return processOptions{
		process:   memOption{key: prefix + ".memory.process.size", def: noDefault},
		flink:     memOption{key: prefix + ".memory.flink.size", def: noDefault},
		metaspace: memOption{key: prefix + ".memory.jvm-metaspace.size", def: 256 * mib},
		overhead: fraction{
			key: prefix + ".memory.jvm-overhead.fraction", def: 0.1,
			min: memOption{key: prefix + ".memory.jvm-overhead.min", def: 192 * mib},
			max: memOption{key: prefix + ".memory.jvm-overhead.max", def: 1024 * mib},
		},
	}
}

var (
	jmOptions = processOptionsOf("jobmanager")
	jmHeap    = memOption{key: "jobmanager.memory.heap.size", def: noDefault}
	jmOffHeap = memOption{key: "jobmanager.memory.off-heap.size", def: 128 * mib}

	tmOptions          = processOptionsOf("taskmanager")
	tmFrameworkHeap    = memOption{key: "taskmanager.memory.framework.heap.size", def: 128 * mib}
	tmFrameworkOffHeap = memOption{key: "taskmanager.memory.framework.off-heap.size", def: 128 * mib}
	tmTaskHeap         = memOption{key: "taskmanager.memory.task.heap.size", def: noDefault}
	tmTaskOffHeap      = memOption{key: "taskmanager.memory.task.off-heap.size", def: 0}
	tmManaged          = memOption{key: "taskmanager.memory.managed.size", deprecated: "taskmanager.memory.size", def: noDefault}
	tmManagedFraction  = fraction{
		key: "taskmanager.memory.managed.fraction", def: 0.4,
		min: memOption{def: 0}, max: memOption{def: math.MaxInt64},
	}
	tmNetwork = fraction{
		key: "taskmanager.memory.network.fraction", deprecated: "taskmanager.network.memory.fraction", def: 0.1,
		min: memOption{key: "taskmanager.memory.network.min", deprecated: "taskmanager.network.memory.min", def: 64 * mib},
		max: memOption{key: "taskmanager.memory.network.max", deprecated: "taskmanager.network.memory.max", def: math.MaxInt64},
	}
)
