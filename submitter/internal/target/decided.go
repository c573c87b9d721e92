package target

import (
	"slices"
	"strings"
)

// Kinds of target of which this package knows what they decide.
const (
	Local      = "local"
	Kubernetes = "kubernetes"
)

// Decided is an option of Flink that a launch sets itself, or relies on being left alone.
type Decided struct {
	// Option is Flink's name of it; one that ends with a dot is all options below it.
	Option string
	// Also are its other names: those that are deprecated, and those that Flink reads
	// where it is not set.
	Also []string
	// On are the kinds of target that decide it; nil: all.
	On []string
	// Only are the values, in small letters, that change nothing.
	Only []string
	// Ignored: it has no effect, and the job is what it was meant to be. Otherwise the job
	// would not be, and the option is refused.
	Ignored bool
	// Client: in SQL it tells a client where its cluster is, so there it is ignored.
	Client bool
	Why    string // goes on from the option's name
	Remedy string
}

var (
	onLocal      = []string{Local}
	onKubernetes = []string{Kubernetes}
)

const (
	chosen     = "is chosen by the target for every launch"
	ownRemedy  = "leave it out"
	inBlock    = "is read by Flink's own client only, which does not start this job"
	flinkCause = "is set by every launch itself"
)

// decided is every option that a target or the driver decides. Whatever stands here has a
// row for each of its names in the test.
var decided = []Decided{
	// Where the REST API is: it is asked where the target has put it.
	{Option: "rest.port", Client: true, Why: chosen, Remedy: "leave it out; `submitter status` shows the address"},
	{Option: "rest.bind-port", Also: []string{"web.port", "jobmanager.web.port"}, Client: true, Why: chosen, Remedy: "leave it out; `submitter status` shows the address"},
	{Option: "rest.address", Client: true, Why: chosen, Remedy: "leave it out; `submitter status` shows the address"},
	{Option: "rest.bind-address", Also: []string{"web.address", "jobmanager.web.address"}, Client: true, Why: chosen, Remedy: "leave it out; `submitter status` shows the address"},
	{Option: "security.ssl.rest.enabled", Only: []string{"false"}, Why: "is not supported: the submitter speaks plain HTTP with the JobManager", Remedy: "leave it out; security.ssl.internal.enabled encrypts what Flink's processes send each other, and an ingress or proxy may offer TLS for the web UI"},
	// How the processes of a launch find each other.
	{Option: "jobmanager.rpc.address", Ignored: true, Why: chosen, Remedy: ownRemedy},
	{Option: "jobmanager.rpc.port", Ignored: true, Why: chosen, Remedy: ownRemedy},
	{Option: "jobmanager.rpc.bind-port", Ignored: true, Why: chosen, Remedy: ownRemedy},
	{Option: "jobmanager.bind-host", Ignored: true, Why: chosen, Remedy: ownRemedy},
	{Option: "taskmanager.host", Ignored: true, Why: chosen, Remedy: ownRemedy},
	{Option: "taskmanager.bind-host", Ignored: true, Why: chosen, Remedy: ownRemedy},
	{Option: "taskmanager.rpc.port", Ignored: true, Why: chosen, Remedy: ownRemedy},
	{Option: "taskmanager.rpc.bind-port", Ignored: true, Why: chosen, Remedy: ownRemedy},
	{Option: "taskmanager.data.port", On: onLocal, Ignored: true, Why: chosen, Remedy: ownRemedy},
	{Option: "taskmanager.data.bind-port", Ignored: true, Why: chosen, Remedy: ownRemedy},
	{Option: "taskmanager.collect-sink.port", On: onLocal, Ignored: true, Why: chosen, Remedy: ownRemedy},
	{Option: "taskmanager.resource-id", Ignored: true, Why: "is one for each TaskManager, and chosen by Flink", Remedy: ownRemedy},
	{Option: "metrics.internal.query-service.port", On: onLocal, Ignored: true, Why: chosen, Remedy: ownRemedy},
	{Option: "blob.server.port", Ignored: true, Why: chosen, Remedy: ownRemedy},
	// What a launch is, and how it ends.
	{Option: "$internal.", Why: flinkCause, Remedy: ownRemedy},
	{Option: "cluster.id", Why: flinkCause, Remedy: ownRemedy},
	{Option: "high-availability.type", Also: []string{"high-availability", "recovery.mode"}, Only: []string{"none"}, Why: flinkCause, Remedy: "the target decides whether a job has it"},
	{Option: "high-availability.", Why: flinkCause, Remedy: "the target decides whether a job has it"},
	{Option: "recovery.", Why: flinkCause, Remedy: "the target decides whether a job has it"},
	{Option: "job-result-store.", Why: flinkCause, Remedy: ownRemedy},
	{Option: "application-result-store.", Why: flinkCause, Remedy: ownRemedy},
	{Option: "execution.state-recovery.path", Also: []string{"execution.savepoint.path"}, Why: flinkCause, Remedy: "use restore"},
	{Option: "execution.state-recovery.claim-mode", Also: []string{"execution.savepoint-restore-mode"}, Why: flinkCause, Remedy: ownRemedy},
	{Option: "execution.state-recovery.ignore-unclaimed-state", Also: []string{"execution.savepoint.ignore-unclaimed-state"}, Why: flinkCause, Remedy: "approve the change that drops state"},
	{Option: "execution.target", Ignored: true, Client: true, Why: "is chosen by the manifest's target", Remedy: "use target"},
	{Option: "execution.attached", Ignored: true, Client: true, Why: inBlock, Remedy: ownRemedy},
	{Option: "execution.shutdown-on-attached-exit", Ignored: true, Client: true, Why: inBlock, Remedy: ownRemedy},
	{Option: "execution.shutdown-on-application-finish", Only: []string{"true"}, Why: "cannot be changed: a launch has ended when its JobManager has", Remedy: ownRemedy},
	{Option: "execution.submit-failed-job-on-application-error", Only: []string{"false"}, Why: "cannot be changed: a launch that cannot start ends with its error", Remedy: ownRemedy},
	{Option: "execution.terminate-application-on-any-job-terminated-exceptionally", Only: []string{"true"}, Why: "cannot be changed: a launch has failed when its job has", Remedy: ownRemedy},
	{Option: "execution.program-config.enabled", Also: []string{"execution.allow-client-job-configurations"}, Only: []string{"true"}, Why: "cannot be changed: the driver starts the plan with options of its own", Remedy: ownRemedy},
	{Option: "pipeline.jars", Why: "is replaced when the job starts", Remedy: "list the jars under resources"},
	// Of the driver.
	{Option: "sql-driver.instance", Why: flinkCause, Remedy: ownRemedy},
	{Option: "sql-driver.work-dir", Why: flinkCause, Remedy: ownRemedy},
	{Option: "sql-driver.private-dir", Why: flinkCause, Remedy: ownRemedy},
	{Option: "sql-driver.termination-log", Why: flinkCause, Remedy: ownRemedy},
	{Option: "sql-driver.class-archive-dir", Ignored: true, On: onLocal, Why: flinkCause, Remedy: ownRemedy},
	{Option: "sql-driver.stock-start", Ignored: true, Why: "is chosen by the command that starts the job", Remedy: "use --stock-start"},
	// Directories of a launch on this machine.
	{Option: "io.tmp.dirs", Also: []string{"taskmanager.tmp.dirs"}, On: onLocal, Ignored: true, Why: "is the launch's own directory", Remedy: "leave it out; state.backend.rocksdb.localdir puts RocksDB's files elsewhere"},
	{Option: "web.tmpdir", Also: []string{"jobmanager.web.tmpdir"}, On: onLocal, Ignored: true, Why: "is the launch's own directory", Remedy: ownRemedy},
	{Option: "web.log.path", Also: []string{"jobmanager.web.log.path"}, On: onLocal, Ignored: true, Why: "is in the launch's own directory", Remedy: "leave it out; `submitter logs` shows the log"},
	{Option: "taskmanager.log.path", On: onLocal, Ignored: true, Why: "is in the launch's own directory", Remedy: "leave it out; `submitter logs` shows the log"},
	{Option: "env.log.dir", On: onLocal, Ignored: true, Why: "is the launch's own directory", Remedy: "leave it out; `submitter logs` shows the log"},
	{Option: "env.pid.dir", On: onLocal, Ignored: true, Why: "is the launch's own directory", Remedy: ownRemedy},
	{Option: "env.stdout-err.redirect-to-file", On: onLocal, Only: []string{"false"}, Ignored: true, Why: "is decided by the target, which keeps what processes print with their logs", Remedy: "leave it out; `submitter logs` shows both"},
	// What the manifest's block kubernetes says, or this program.
	{Option: "kubernetes.cluster-id", Why: flinkCause, Remedy: ownRemedy},
	{Option: "kubernetes.namespace", Why: flinkCause, Remedy: "use kubernetes.namespace of the manifest"},
	{Option: "kubernetes.entry.path", Why: flinkCause, Remedy: ownRemedy},
	{Option: "kubernetes.flink.conf.dir", Why: flinkCause, Remedy: ownRemedy},
	{Option: "kubernetes.config.file", On: onKubernetes, Why: "cannot be set: a pod uses its service account", Remedy: "name kubeconfig and context of the target in submitter.yaml"},
	{Option: "kubernetes.context", On: onKubernetes, Why: "cannot be set: a pod uses its service account", Remedy: "name kubeconfig and context of the target in submitter.yaml"},
	{Option: "kubernetes.pod-template-file", Also: []string{"kubernetes.pod-template-file.default", "kubernetes.pod-template-file.jobmanager", "kubernetes.pod-template-file.taskmanager"}, Why: flinkCause, Remedy: "use kubernetes.podTemplate of the manifest"},
	{Option: "kubernetes.container.image.ref", Also: []string{"kubernetes.container.image"}, Why: flinkCause, Remedy: "use kubernetes.image of the manifest"},
	{Option: "kubernetes.container.image.pull-policy", Why: flinkCause, Remedy: "use kubernetes.imagePullPolicy of the manifest"},
	{Option: "kubernetes.container.image.pull-secrets", Why: "would reach some of the pods only", Remedy: "use kubernetes.imagePullSecrets of the manifest"},
	{Option: "kubernetes.service-account", Also: []string{"kubernetes.jobmanager.service-account", "kubernetes.taskmanager.service-account"}, Why: flinkCause, Remedy: "use kubernetes.serviceAccountName of the manifest"},
	{Option: "kubernetes.taskmanager.cpu.amount", Also: []string{"kubernetes.taskmanager.cpu"}, On: onKubernetes, Why: flinkCause, Remedy: "use task-manager.cpu of the manifest"},
	{Option: "kubernetes.jobmanager.cpu.amount", Also: []string{"kubernetes.jobmanager.cpu"}, On: onKubernetes, Why: inBlock, Remedy: "use job-manager.cpu of the manifest"},
	{Option: "kubernetes.jobmanager.node-selector", On: onKubernetes, Why: inBlock, Remedy: "use kubernetes.nodeSelector of the manifest"},
	{Option: "kubernetes.jobmanager.tolerations", On: onKubernetes, Why: inBlock, Remedy: "use kubernetes.tolerations of the manifest"},
	{Option: "kubernetes.hostnetwork.enabled", On: onKubernetes, Only: []string{"false"}, Why: "is not supported: several pods of one machine would want the same ports", Remedy: ownRemedy},
	{Option: "kubernetes.jobmanager.", On: onKubernetes, Ignored: true, Why: inBlock, Remedy: "use kubernetes.podTemplate of the manifest"},
	{Option: "kubernetes.internal.", On: onKubernetes, Ignored: true, Why: inBlock, Remedy: ownRemedy},
	{Option: "kubernetes.rest-service.", On: onKubernetes, Ignored: true, Why: inBlock, Remedy: "use kubernetes.ingress of the manifest"},
	{Option: "kubernetes.internal-service.", On: onKubernetes, Ignored: true, Why: inBlock, Remedy: ownRemedy},
	{Option: "containerized.master.env.", On: onKubernetes, Why: inBlock, Remedy: "use kubernetes.env of the manifest"},
}

// AllDecided is the whole table, for documentation and tests.
func AllDecided() []Decided { return slices.Clone(decided) }

// DecidedBy is what a kind of target decides about an option, by any of its names; kind
// empty: what all of them decide. Not ok: the job decides.
func DecidedBy(kind, key string) (d Decided, ok bool) {
	i := slices.IndexFunc(decided, func(d Decided) bool { return d.by(kind) && d.names(key) })
	if i < 0 {
		return Decided{}, false
	}
	return decided[i], true
}

func (d Decided) by(kind string) bool { return d.On == nil || slices.Contains(d.On, kind) }

func (d Decided) names(key string) bool {
	below := strings.HasSuffix(d.Option, ".")
	return key == d.Option || slices.Contains(d.Also, key) || below && strings.HasPrefix(key, d.Option)
}

// Harmless reports whether a value is one that the launch has anyway.
func (d Decided) Harmless(value string) bool {
	return slices.Contains(d.Only, strings.ToLower(strings.TrimSpace(value)))
}

// Undecided are the options that a kind of target leaves to the job.
func Undecided(kind string, options map[string]string) map[string]string {
	left := make(map[string]string, len(options))
	for k, v := range options {
		if _, ok := DecidedBy(kind, k); !ok {
			left[k] = v
		}
	}
	return left
}

// Pinned are those of the target's own values that somebody else's would take the place
// of: the driver adds options of the release that config.yaml does not have. Releases
// have such options only where an older version made them.
func Pinned(kind string, asked, own map[string]string) map[string]string {
	pinned := map[string]string{}
	for key, value := range own {
		d, ok := DecidedBy(kind, key)
		if !ok {
			continue
		}
		for k := range asked {
			if d.names(k) {
				pinned[key] = value
			}
		}
	}
	return pinned
}
