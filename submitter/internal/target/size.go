package target

import (
	"slices"
	"strconv"
)

// Options of sizes that targets look at.
const (
	optionSlots       = "taskmanager.numberOfTaskSlots"
	optionParallelism = "parallelism.default"

	OptionJobManagerMemory  = "jobmanager.memory.process.size"
	OptionTaskManagerMemory = "taskmanager.memory.process.size"
)

// Sizes of processes for which nobody asked for others. They are limits: what
// a job that does little really takes is less (docs).
var defaultMemory = map[string]string{
	OptionJobManagerMemory:  "1024m",
	OptionTaskManagerMemory: "1280m",
}

// totals are the options of which one decides how large a process gets; Flink
// refuses some combinations, so a default is given only where none is set.
var totals = map[string][]string{
	OptionJobManagerMemory:  {OptionJobManagerMemory, "jobmanager.memory.flink.size", "jobmanager.memory.heap.size"},
	OptionTaskManagerMemory: {OptionTaskManagerMemory, "taskmanager.memory.flink.size", "taskmanager.memory.task.heap.size"},
}

// SetMemory gives each process a size in options unless somebody did. asked are the
// options that were set for this launch, in options already; what else is there came
// with Flink, and makes way.
func SetMemory(options, asked map[string]string) {
	for key, size := range defaultMemory {
		set := slices.ContainsFunc(totals[key], func(k string) bool { return asked[k] != "" })
		if !set && !slices.ContainsFunc(totals[key], func(k string) bool { return options[k] != "" }) {
			options[key] = size
		} else if set && asked[key] == "" {
			delete(options, key) // Flink's own total beside the job's
		}
	}
}

// AskedOptions are the options of the launch with its sizes.
func (l Launch) AskedOptions(settings map[string]string) map[string]string {
	asked := make(map[string]string, len(settings)+len(l.Options))
	for _, layer := range []map[string]string{settings, l.Options} {
		for k, v := range layer {
			asked[k] = v
		}
	}
	if m := l.JobManager.Memory; m != "" {
		asked[OptionJobManagerMemory] = m
	}
	if m := l.TaskManager.Memory; m != "" {
		asked[OptionTaskManagerMemory] = m
	}
	return asked
}

// Slots of one TaskManager: as asked, else enough for the job's parallelism.
func (l Launch) Slots() int {
	if n := l.TaskManager.Slots; n > 0 {
		return n
	}
	if n, err := strconv.Atoi(l.Options[optionSlots]); err == nil && n > 0 {
		return n
	}
	all := l.parallelism()
	if n := l.TaskManager.Replicas; n > 1 {
		return (all + n - 1) / n
	}
	return all
}

// TaskManagers is how many processes that takes.
func (l Launch) TaskManagers() int {
	if n := l.TaskManager.Replicas; n > 0 {
		return n
	}
	return (l.parallelism() + l.Slots() - 1) / l.Slots()
}

func (l Launch) parallelism() int {
	if n, err := strconv.Atoi(l.Options[optionParallelism]); err == nil && n > 0 {
		return n
	}
	return 1
}
