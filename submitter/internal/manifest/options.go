package manifest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"flink-sql-driver/plan/launch"
	"flink-sql-driver/submitter/internal/sqltext"
	"flink-sql-driver/submitter/internal/target"
)

// Flink options that are looked at here.
const (
	optionRetention      = "execution.checkpointing.externalized-checkpoint-retention"
	optionName           = "pipeline.name"
	optionParallelism    = "parallelism.default"
	optionMaxParallelism = "pipeline.max-parallelism"
	optionSubdirectory   = "execution.checkpointing.create-subdir"
	optionStorage        = "execution.checkpointing.storage"

	retainOnCancellation = "RETAIN_ON_CANCELLATION"

	// ofClient begins the options of the SQL client itself.
	ofClient = "sql-client."
)

// oldNames maps the names that Flink 2.3 still accepts (withDeprecatedKeys of its
// ConfigOptions) to the names it prefers.
var oldNames = map[string]string{
	"state.checkpoints.dir":                                          "execution.checkpointing.dir",
	"state.backend.fs.checkpointdir":                                 "execution.checkpointing.dir",
	"state.savepoints.dir":                                           "execution.checkpointing.savepoint-dir",
	"savepoints.state.backend.fs.dir":                                "execution.checkpointing.savepoint-dir",
	"state.checkpoint-storage":                                       "execution.checkpointing.storage",
	"state.checkpoints.num-retained":                                 "execution.checkpointing.num-retained",
	"state.checkpoints.create-subdir":                                "execution.checkpointing.create-subdir",
	"state.checkpoint.cleaner.parallel-mode":                         "execution.checkpointing.cleaner.parallel-mode",
	"state.storage.fs.memory-threshold":                              "execution.checkpointing.data-inline-threshold",
	"state.backend.fs.memory-threshold":                              "execution.checkpointing.data-inline-threshold",
	"state.storage.fs.write-buffer-size":                             "execution.checkpointing.write-buffer-size",
	"state.backend.fs.write-buffer-size":                             "execution.checkpointing.write-buffer-size",
	"taskmanager.state.local.root-dirs":                              "execution.checkpointing.local-backup.dirs",
	"execution.checkpointing.unaligned":                              "execution.checkpointing.unaligned.enabled",
	"execution.checkpointing.alignment-timeout":                      "execution.checkpointing.aligned-checkpoint-timeout",
	"execution.checkpointing.checkpoints-after-tasks-finish.enabled": "execution.checkpointing.checkpoints-after-tasks-finish",
	"state.backend":                                                  "state.backend.type",
	"state.backend.incremental":                                      "execution.checkpointing.incremental",
	"state.backend.changelog.enabled":                                "state.changelog.enabled",
	"state.backend.changelog.storage":                                "state.changelog.storage",
	"state.backend.changelog.max-failures-allowed":                   "state.changelog.max-failures-allowed",
	"state.backend.changelog.periodic-materialize.enabled":           "state.changelog.periodic-materialize.enabled",
	"state.backend.changelog.periodic-materialize.interval":          "state.changelog.periodic-materialize.interval",
	"execution.savepoint.path":                                       "execution.state-recovery.path",
	"execution.savepoint.ignore-unclaimed-state":                     "execution.state-recovery.ignore-unclaimed-state",
	"execution.savepoint-restore-mode":                               "execution.state-recovery.claim-mode",
	"execution.checkpointing.approximate-local-recovery":             "execution.state-recovery.approximate-local-recovery",
	"restart-strategy":                                               "restart-strategy.type",
	"pipeline.operator-chaining":                                     "pipeline.operator-chaining.enabled",
	"execution.buffer-timeout":                                       "execution.buffer-timeout.interval",
	"env.java.opts":                                                  "env.java.opts.all",
	"taskmanager.tmp.dirs":                                           "io.tmp.dirs",
	"taskmanager.memory.size":                                        "taskmanager.memory.managed.size",
	"taskmanager.network.memory.min":                                 "taskmanager.memory.network.min",
	"taskmanager.network.memory.max":                                 "taskmanager.memory.network.max",
	"taskmanager.network.memory.fraction":                            "taskmanager.memory.network.fraction",
	"task.cancellation-interval":                                     "task.cancellation.interval",
	"high-availability":                                              "high-availability.type",
	"recovery.mode":                                                  "high-availability.type",
}

// canonicalOption is the name that Flink prefers for an option.
func canonicalOption(key string) string {
	if preferred, ok := oldNames[key]; ok {
		return preferred
	}
	return key
}

// Option looks up a Flink option by any of its names.
func (j *Job) Option(key string) (value string, ok bool) {
	p, ok := j.document.FlinkProperties[canonicalOption(key)]
	if !ok {
		return "", false
	}
	value, ok = j.FlinkProperties[p.key]
	return value, ok
}

// WhereOption says where a Flink option stands in flinkProperties, by any of its names.
func (j *Job) WhereOption(key string) (at Position, ok bool) {
	p, ok := j.document.FlinkProperties[canonicalOption(key)]
	return j.Where("flinkProperties." + p.key), ok
}

// directories are options that Flink takes for URIs.
var directories = []string{"execution.checkpointing.dir", "execution.checkpointing.savepoint-dir"}

// withScheme is a URI as org.apache.flink.core.fs.Path has it.
var withScheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:/`)

// checkStorage reports an option with which no checkpoint could be written, or none
// be found again.
func (b *jobBuilder) checkStorage(o written) {
	switch option := canonicalOption(o.key); {
	case option == optionSubdirectory && !strings.EqualFold(strings.TrimSpace(o.value), "true"):
		b.add(o.at(), fmt.Sprintf("'%s' is always true: checkpoints are looked for in a directory of their job's", o.key), "leave it out")
	case !slices.Contains(directories, option):
	case o.inSQL && (withScheme.MatchString(o.value) || strings.HasPrefix(o.value, "/")):
		b.warn(o.at(), fmt.Sprintf("'%s' is the directory in which each version of each job gets its own: here %s/%s/…", o.key, strings.TrimRight(clip(asURI(o.value)), "/"), b.job.Name), "")
	case !withScheme.MatchString(o.value) && !strings.Contains(o.value, "${"):
		remedy := "write its scheme, as in s3://bucket/path or file:///path"
		if strings.HasPrefix(o.value, "/") {
			remedy = "write file://" + clip(o.value)
		}
		b.add(o.at(), fmt.Sprintf("'%s' is the URI of a directory, and '%s' has no scheme", o.key, clip(o.value)), remedy)
	}
}

// asURI is a directory as Flink takes it: a path without a scheme is a local one.
func asURI(directory string) string {
	if strings.HasPrefix(directory, "/") {
		return "file://" + directory
	}
	return directory
}

// written is an option as somebody wrote it.
type written struct {
	key, value string
	// inSQL: by a SET of a script or of table definitions. Most of these were written for
	// Flink's own client, so what is done anyway, or does no harm, is a warning there.
	inSQL bool
	at    func() Position
}

// checkOption reports an option that contradicts what every launch gets, or holds
// a secret where Flink would show it.
func (b *jobBuilder) checkOption(o written) {
	b.checkDecided(o)
	b.checkStorage(o)
	option := canonicalOption(o.key)
	tell := b.add
	if o.inSQL {
		tell = b.warn
	}
	switch {
	case option == optionRetention && !strings.EqualFold(o.value, retainOnCancellation):
		tell(o.at(), fmt.Sprintf("'%s' is always %s, so that no state is lost", o.key, retainOnCancellation), "leave it out")
	case option == optionName && o.value != b.job.Name:
		tell(o.at(), fmt.Sprintf("'%s' is always the manifest's name, '%s'", o.key, b.job.Name), "leave it out")
	case option == optionStorage && !isFilesystem(o.value):
		b.warn(o.at(), fmt.Sprintf("'%s' is always filesystem, so that no state is lost", o.key), "leave it out")
	case strings.HasPrefix(option, ofClient):
		b.warn(o.at(), fmt.Sprintf("'%s' is about the screen of Flink's SQL client, and has no effect here", clip(o.key)), "")
	}
	if names := secretsIn(o.value); len(names) > 0 && !launch.Masked(o.key) {
		b.add(o.at(), fmt.Sprintf("the secret '%s' would be readable in Flink's log and UI, which do not mask '%s'", names[0], clip(o.key)),
			"only keys with one of these in them are masked: "+strings.Join(launch.MaskedParts(), ", "))
	}
}

// isFilesystem reports whether a checkpoint storage is the one that jobs have
// (CheckpointStorageLoader).
func isFilesystem(storage string) bool {
	return strings.EqualFold(storage, "filesystem") || strings.HasSuffix(storage, ".FileSystemCheckpointStorageFactory")
}

// checkDecided reports an option that the job's target decides.
func (b *jobBuilder) checkDecided(o written) {
	d, ok := target.DecidedBy(b.targetKind(), o.key)
	if !ok || d.Harmless(o.value) {
		return
	}
	message := fmt.Sprintf("'%s' %s", clip(o.key), d.Why)
	if d.Ignored || d.Client && o.inSQL {
		b.warn(o.at(), message+", so it has no effect", d.Remedy)
		return
	}
	b.add(o.at(), message, d.Remedy)
}

// targetKind is the kind of target that the job runs on.
func (b *jobBuilder) targetKind() string {
	name := b.job.Target
	if b.load.options.Target != "" {
		name = b.load.options.Target
	}
	if c, ok := b.load.config.Targets[name]; ok {
		return c.Kind
	}
	if name == "" {
		return target.Local
	}
	return name
}

// checkOptions looks at flinkProperties, and takes over from them what the
// manifest can also say itself.
func (b *jobBuilder) checkOptions() {
	for option, p := range b.doc.FlinkProperties {
		value := b.job.FlinkProperties[p.key]
		at := func() Position { return b.valueOf("flinkProperties." + p.key) }
		b.checkOption(written{key: p.key, value: value, at: at})
		b.checkSize(option, value, at)
		b.checkKey("flinkProperties", p.key, func() Position { return b.where("flinkProperties." + p.key) })
		switch option {
		case optionParallelism:
			b.agreeOn(option, value, at, "parallelism", &b.job.Parallelism)
		case optionMaxParallelism:
			b.agreeOn(option, value, at, "max-parallelism", &b.job.MaxParallelism)
		default:
			b.checkType("flinkProperties", p.key, value, at)
		}
	}
}

// checkSize tells of an option beside a key of the manifest that sizes the same, and wins.
func (b *jobBuilder) checkSize(option, value string, at func() Position) {
	for _, own := range []struct{ option, key, value string }{
		{"taskmanager.numberOfTaskSlots", "task-manager.slots", positive(b.job.TaskManager.Slots)},
		{target.OptionTaskManagerMemory, "task-manager.memory", b.job.TaskManager.Memory},
		{target.OptionJobManagerMemory, "job-manager.memory", b.job.JobManager.Memory},
	} {
		if option == own.option && own.value != "" && strings.TrimSpace(value) != own.value {
			b.warn(at(), fmt.Sprintf("'%s' is %s here, and has no effect: the job has %s %s", option, clip(value), own.key, own.value), "keep one of them")
		}
	}
}

func positive(n int) string {
	if n < 1 {
		return ""
	}
	return strconv.Itoa(n)
}

// agreeOn reports an option that says something else than the manifest's own key.
func (b *jobBuilder) agreeOn(option, value string, at func() Position, key string, own *int) {
	n, err := strconv.Atoi(strings.TrimSpace(value))
	switch {
	case err != nil || n == 0 || n < -1:
		b.add(at(), fmt.Sprintf("'%s' must be a whole number from 1", option), "")
	case n < 0: // Flink's "not set"
	case *own != 0 && *own != n:
		b.add(at(), fmt.Sprintf("'%s' is %d here, but the job has %s %d", option, n, key, *own), "keep one of them")
	default:
		*own = n
	}
}

// Session gives the Flink options of the job's session: flinkProperties, then the
// SET and RESET statements of table definitions and script, in order.
func (j *Job) Session() map[string]string {
	session := maps.Clone(j.FlinkProperties)
	if session == nil {
		session = map[string]string{}
	}
	for _, source := range append(slices.Clone(j.TableDefinitions), j.SQL) {
		statements, err := sqltext.Split(source.Text)
		if err != nil {
			continue // Load refused it
		}
		for _, s := range statements {
			key, value, set := s.Set()
			if key == "" {
				key, _ = s.Reset()
			}
			if key == "" {
				continue
			}
			for other := range session {
				if canonicalOption(other) == canonicalOption(key) {
					delete(session, other)
				}
			}
			if set && slices.Contains(directories, canonicalOption(key)) {
				value = asURI(value)
			}
			if set {
				session[key] = value
			}
		}
	}
	return session
}

// Secrets lists the names of all secrets that the job mentions, sorted. Those in
// comments of SQL reach no plan, and are none of them.
func (j *Job) Secrets() []string {
	names := secretsIn(j.Code.Text)
	for _, source := range append(slices.Clone(j.TableDefinitions), j.SQL) {
		names = append(names, secretsInSQL(source.Text)...)
	}
	for _, v := range j.FlinkProperties {
		names = append(names, secretsIn(v)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func secretsInSQL(text string) []string {
	statements, err := sqltext.Split(text)
	if err != nil {
		return secretsIn(text) // Load refused it
	}
	var names []string
	for _, s := range statements {
		if s.Looks() {
			continue // it is left out
		}
		for _, m := range s.Mentions() {
			if m.Scheme == schemeSecret && !m.Escaped {
				names = append(names, m.Name)
			}
		}
	}
	return names
}
