package flink

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// taskSizes is TaskExecutorFlinkMemory.
type taskSizes struct {
	frameworkHeap, frameworkOffHeap, taskHeap, taskOffHeap, network, managed int64
}

// fixed is everything but network and managed memory and the task's heap.
func fixedSizes(s Source) (t taskSizes, err error) {
	if t.frameworkHeap, err = tmFrameworkHeap.get(s); err != nil {
		return
	}
	if t.frameworkOffHeap, err = tmFrameworkOffHeap.get(s); err != nil {
		return
	}
	t.taskOffHeap, err = tmTaskOffHeap.get(s)
	return
}

func (t taskSizes) total() (int64, error) {
	return sum(t.frameworkHeap, t.frameworkOffHeap, t.taskHeap, t.taskOffHeap, t.network, t.managed)
}

// TaskManagerMemory computes what GET_TM_RESOURCE_PARAMS prints
// (TaskExecutorProcessUtils).
func TaskManagerMemory(s Source) (Memory, error) {
	if list, ok := s.Get("external-resources"); ok && list != "none" {
		return Memory{}, errors.New("external-resources is set")
	}
	t, shell, err := taskManagerSizes(s)
	if err != nil {
		return Memory{}, err
	}
	slots, cores, err := slotsAndCores(s)
	if err != nil {
		return Memory{}, err
	}
	heap, err := sum(t.frameworkHeap, t.taskHeap)
	if err != nil {
		return Memory{}, err
	}
	direct, err := sum(t.frameworkOffHeap, t.taskOffHeap, t.network)
	if err != nil {
		return Memory{}, err
	}
	return Memory{
		Heap: heap,
		JVM: append(heapFlags(heap),
			"-XX:MaxDirectMemorySize="+strconv.FormatInt(direct, 10),
			"-XX:MaxMetaspaceSize="+strconv.FormatInt(shell.metaspace, 10)),
		Dynamic: Options{ // the order in which Java's hash map gives them out
			size("taskmanager.memory.network.min", t.network),
			{"taskmanager.cpu.cores", cores},
			size("taskmanager.memory.task.off-heap.size", t.taskOffHeap),
			size("taskmanager.memory.jvm-metaspace.size", shell.metaspace),
			{"external-resources", "none"},
			size("taskmanager.memory.jvm-overhead.min", shell.overhead),
			size("taskmanager.memory.framework.off-heap.size", t.frameworkOffHeap),
			size("taskmanager.memory.network.max", t.network),
			size("taskmanager.memory.framework.heap.size", t.frameworkHeap),
			size("taskmanager.memory.managed.size", t.managed),
			size("taskmanager.memory.task.heap.size", t.taskHeap),
			{"taskmanager.numberOfTaskSlots", slots},
			size("taskmanager.memory.jvm-overhead.max", shell.overhead),
		},
	}, nil
}

func taskManagerSizes(s Source) (taskSizes, shellSizes, error) {
	if tmTaskHeap.isSet(s) && tmManaged.isSet(s) {
		t, err := explicitTaskSizes(s)
		if err != nil {
			return t, shellSizes{}, err
		}
		total, err := t.total()
		if err != nil {
			return t, shellSizes{}, err
		}
		shell, err := tmOptions.around(s, total)
		return t, shell, err
	}
	total, shell, err := tmOptions.total(s)
	if err != nil {
		return taskSizes{}, shell, err
	}
	t, err := derivedTaskSizes(s, total)
	return t, shell, err
}

// explicitTaskSizes has heap and managed memory given; network memory is the
// rest of flink.size or, without that, a fraction.
func explicitTaskSizes(s Source) (taskSizes, error) {
	t, err := fixedSizes(s)
	if err != nil {
		return t, err
	}
	if t.taskHeap, err = tmTaskHeap.get(s); err != nil {
		return t, err
	}
	if t.managed, err = tmManaged.get(s); err != nil {
		return t, err
	}
	if tmOptions.flink.isSet(s) {
		total, err := tmOptions.flink.get(s)
		if err != nil {
			return t, err
		}
		return t.restToNetwork(s, total)
	}
	used, err := t.total()
	if err != nil {
		return t, err
	}
	b, err := tmNetwork.get(s)
	if err != nil {
		return t, err
	}
	t.network, err = b.inverse(used)
	return t, err
}

// derivedTaskSizes has the total given.
func derivedTaskSizes(s Source, total int64) (taskSizes, error) {
	t, err := fixedSizes(s)
	if err != nil {
		return t, err
	}
	if tmManaged.isSet(s) {
		t.managed, err = tmManaged.get(s)
	} else {
		var b bounds
		if b, err = tmManagedFraction.get(s); err == nil {
			t.managed, err = b.of(total)
		}
	}
	if err != nil {
		return t, err
	}
	if tmTaskHeap.isSet(s) {
		if t.taskHeap, err = tmTaskHeap.get(s); err != nil {
			return t, err
		}
		return t.restToNetwork(s, total)
	}
	b, err := tmNetwork.get(s)
	if err != nil {
		return t, err
	}
	if t.network, err = b.of(total); err != nil {
		return t, err
	}
	used, err := t.total()
	if err == nil && used > total {
		err = fmt.Errorf("TaskManager: the parts add up to %d bytes, more than all of %d", used, total)
	}
	t.taskHeap = total - used
	return t, err
}

func (t taskSizes) restToNetwork(s Source, total int64) (taskSizes, error) {
	used, err := t.total()
	if err != nil {
		return t, err
	}
	b, err := tmNetwork.get(s)
	if err != nil {
		return t, err
	}
	t.network = total - used
	if used > total || !b.contain(t.network) {
		return t, errors.New("TaskManager: what is left for network memory is not within its bounds")
	}
	return t, nil
}

// cpuDecimals is how many decimals Flink's CPUResource keeps.
const cpuDecimals = 8

func slotsAndCores(s Source) (slots, cores string, err error) {
	slots = "1"
	if text, ok := s.Get("taskmanager.numberOfTaskSlots"); ok {
		if !plainInteger.MatchString(text) {
			return "", "", fmt.Errorf("taskmanager.numberOfTaskSlots: %q is not a plain number", text)
		}
		slots = text
	}
	text, ok := s.Get("taskmanager.cpu.cores")
	if !ok {
		text = slots
	}
	cores, err = javaDouble(text)
	if err != nil {
		return "", "", fmt.Errorf("taskmanager.cpu.cores: %w", err)
	}
	return strings.TrimLeft(slots[:len(slots)-1], "0") + slots[len(slots)-1:], cores, nil
}

// javaDouble writes a positive number as Double.toString writes it, in the range
// where that has no exponent.
func javaDouble(text string) (string, error) {
	if !plainDecimal.MatchString(text) || len(text) > 20 {
		return "", fmt.Errorf("%q is not a plain decimal number", text)
	}
	r, ok := new(big.Rat).SetString(strings.TrimSpace(text))
	if !ok {
		return "", fmt.Errorf("%q is not a number", text)
	}
	scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(cpuDecimals), nil))
	scaled := new(big.Rat).Mul(r, scale)
	down := new(big.Rat).SetInt(new(big.Int).Quo(scaled.Num(), scaled.Denom()))
	v, _ := down.Quo(down, scale).Float64()
	if v < 1e-3 || v >= 1e7 {
		return "", fmt.Errorf("%q is out of range", text)
	}
	out := strconv.FormatFloat(v, 'f', -1, 64)
	if !strings.Contains(out, ".") {
		out += ".0"
	}
	return out, nil
}
