package manifest

import (
	"slices"
	"strconv"
	"strings"

	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/sqltext"
	"flink-sql-driver/submitter/internal/target"
	"flink-sql-driver/submitter/internal/target/kubernetes/settings"
)

// ownParallelism are options of tables by which a source or sink has a parallelism of its
// own.
var ownParallelism = []string{"scan.parallelism", "sink.parallelism"}

// optionPlanned is the parallelism of what the planner makes, in place of the default one.
const optionPlanned = "table.exec.resource.default-parallelism"

// MoreSlots is what to do about a job that needs more slots than it has.
const MoreSlots = "raise task-manager.slots or task-manager.replicas, or lower parallelism"

// buildRoom finds out how many slots the job has, and warns if it may need more: which
// operators there are, and with which parallelism, only the plan says.
func (b *jobBuilder) buildRoom() {
	options := b.job.Session()
	if b.job.Parallelism > 0 {
		options[optionParallelism] = strconv.Itoa(b.job.Parallelism)
	}
	size := b.job.TaskManager
	l := target.Launch{Options: options, TaskManager: journal.Size{Slots: size.Slots, Replicas: size.Replicas}}
	var grows bool
	switch b.targetKind() {
	case target.Local:
	case target.Kubernetes:
		grows = b.mode() != settings.Standalone
	default:
		return
	}
	room, fixed := l.Room(grows)
	if !fixed {
		return
	}
	b.job.Room = &room
	// Definitions are shared, and hold tables that this job does not use.
	if need := b.job.slotsFor(b.job.SQL); need > room.All() {
		b.warn(b.job.WhereParallelism(), room.Lacks(need)+", unless its plan says otherwise", MoreSlots)
	}
}

// mode says who makes TaskManagers on Kubernetes.
func (b *jobBuilder) mode() string {
	own, err := settings.Parse(b.job.Kubernetes)
	if err == nil && own.Mode != "" {
		return own.Mode
	}
	name := b.job.Target
	if b.load.options.Target != "" {
		name = b.load.options.Target
	}
	below, _ := b.load.config.Targets[name].Settings() // what is wrong with it was told
	return below.Mode
}

// MostSlots is how many slots the job needs at most: tasks of one job share slots, so the
// largest parallelism counts. Operators may all have a smaller one.
func (j *Job) MostSlots() int {
	return j.slotsFor(append(slices.Clone(j.TableDefinitions), j.SQL)...)
}

// slotsFor is that number as far as these sources say.
func (j *Job) slotsFor(sources ...Source) int {
	need := max(j.Parallelism, 1)
	if n, err := strconv.Atoi(strings.TrimSpace(j.Session()[optionPlanned])); err == nil {
		need = max(need, n)
	}
	for _, source := range sources {
		statements, err := sqltext.Split(source.Text)
		if err != nil {
			continue // Load refused it
		}
		for _, s := range statements {
			for _, o := range s.Options() {
				if n, err := strconv.Atoi(strings.TrimSpace(o.Value)); err == nil && slices.Contains(ownParallelism, o.Key) {
					need = max(need, n)
				}
			}
		}
	}
	return need
}

// WhereParallelism says where the job's parallelism stands.
func (j *Job) WhereParallelism() Position {
	if _, ok := j.positions["parallelism"]; ok {
		return j.Where("parallelism")
	}
	if at, ok := j.WhereOption(optionParallelism); ok {
		return at
	}
	for _, size := range []string{"task-manager.slots", "task-manager.replicas"} {
		if _, ok := j.positions[size]; ok {
			return j.Where(size)
		}
	}
	return j.Where("sql")
}
