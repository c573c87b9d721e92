package target

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// verdict is what becomes of an option in flinkProperties, in a SET, and of a value that
// the launch has anyway.
type verdict struct {
	properties, set, harmless string
}

// TestDecided goes through the table row by row, under each name of each option.
func TestDecided(t *testing.T) {
	refused, ignored, asked := verdict{"refused", "refused", ""}, verdict{"ignored", "ignored", ""}, verdict{"refused", "ignored", ""}
	with := func(v verdict, harmless string) verdict { v.harmless = harmless; return v }
	const both, local, kubernetes = "both", Local, Kubernetes
	rows := []struct {
		on    string
		names string
		verdict
	}{
		{both, "rest.port", asked}, {both, "rest.bind-port web.port jobmanager.web.port", asked}, {both, "rest.address", asked}, {both, "rest.bind-address web.address jobmanager.web.address", asked},
		{both, "security.ssl.rest.enabled", with(refused, "False")},
		{both, "jobmanager.rpc.address", ignored}, {both, "jobmanager.rpc.port", ignored}, {both, "jobmanager.rpc.bind-port", ignored}, {both, "jobmanager.bind-host", ignored},
		{both, "taskmanager.host", ignored}, {both, "taskmanager.bind-host", ignored}, {both, "taskmanager.rpc.port", ignored}, {both, "taskmanager.rpc.bind-port", ignored},
		{local, "taskmanager.data.port", ignored}, {both, "taskmanager.data.bind-port", ignored}, {local, "taskmanager.collect-sink.port", ignored}, {both, "taskmanager.resource-id", ignored},
		{local, "metrics.internal.query-service.port", ignored}, {both, "blob.server.port", ignored},
		{both, "$internal.pipeline.job-id $internal.application.main $internal.x", refused}, {both, "cluster.id", refused},
		{both, "high-availability.type high-availability recovery.mode", with(refused, "NONE")}, {both, "high-availability.storageDir high-availability.cluster-id high-availability.jobmanager.port", refused},
		{both, "recovery.zookeeper.quorum recovery.jobmanager.port", refused}, {both, "job-result-store.storage-path", refused}, {both, "application-result-store.delete-on-commit", refused},
		{both, "execution.state-recovery.path execution.savepoint.path", refused}, {both, "execution.state-recovery.claim-mode execution.savepoint-restore-mode", refused},
		{both, "execution.state-recovery.ignore-unclaimed-state execution.savepoint.ignore-unclaimed-state", refused},
		{both, "execution.target", ignored}, {both, "execution.attached", ignored}, {both, "execution.shutdown-on-attached-exit", ignored},
		{both, "execution.shutdown-on-application-finish", with(refused, "true")}, {both, "execution.submit-failed-job-on-application-error", with(refused, "false")},
		{both, "execution.terminate-application-on-any-job-terminated-exceptionally", with(refused, "true")},
		{both, "execution.program-config.enabled execution.allow-client-job-configurations", with(refused, "true")},
		{both, "pipeline.jars", refused},
		{both, "sql-driver.instance", refused}, {both, "sql-driver.work-dir", refused}, {both, "sql-driver.private-dir", refused}, {both, "sql-driver.termination-log", refused},
		{local, "sql-driver.class-archive-dir", ignored}, {both, "sql-driver.stock-start", ignored},
		{local, "io.tmp.dirs taskmanager.tmp.dirs", ignored}, {local, "web.tmpdir jobmanager.web.tmpdir", ignored}, {local, "web.log.path jobmanager.web.log.path", ignored},
		{local, "taskmanager.log.path", ignored}, {local, "env.log.dir", ignored}, {local, "env.pid.dir", ignored}, {local, "env.stdout-err.redirect-to-file", with(ignored, "false")},
		{both, "kubernetes.cluster-id", refused}, {both, "kubernetes.namespace", refused}, {both, "kubernetes.entry.path", refused}, {both, "kubernetes.flink.conf.dir", refused},
		{kubernetes, "kubernetes.config.file", refused}, {kubernetes, "kubernetes.context", refused},
		{both, "kubernetes.pod-template-file kubernetes.pod-template-file.default kubernetes.pod-template-file.jobmanager kubernetes.pod-template-file.taskmanager", refused},
		{both, "kubernetes.container.image.ref kubernetes.container.image", refused}, {both, "kubernetes.container.image.pull-policy", refused}, {both, "kubernetes.container.image.pull-secrets", refused},
		{both, "kubernetes.service-account kubernetes.jobmanager.service-account kubernetes.taskmanager.service-account", refused},
		{kubernetes, "kubernetes.taskmanager.cpu.amount kubernetes.taskmanager.cpu", refused}, {kubernetes, "kubernetes.jobmanager.cpu.amount kubernetes.jobmanager.cpu", refused},
		{kubernetes, "kubernetes.jobmanager.node-selector", refused}, {kubernetes, "kubernetes.jobmanager.tolerations", refused}, {kubernetes, "kubernetes.hostnetwork.enabled", with(refused, "false")},
		{kubernetes, "kubernetes.jobmanager.replicas kubernetes.jobmanager.labels kubernetes.jobmanager.annotations kubernetes.jobmanager.entrypoint.args", ignored},
		{kubernetes, "kubernetes.internal.jobmanager.entrypoint.class", ignored}, {kubernetes, "kubernetes.rest-service.exposed.type", ignored}, {kubernetes, "kubernetes.internal-service.labels", ignored},
		{kubernetes, "containerized.master.env.A", refused},
	}
	covered := map[string]bool{}
	for _, r := range rows {
		for _, name := range strings.Fields(r.names) {
			for _, kind := range []string{Local, Kubernetes, ""} {
				d, ok := DecidedBy(kind, name)
				if want := r.on == both || r.on == kind; ok != want {
					t.Errorf("%s on %q: %v", name, kind, ok)
				} else if ok {
					r.verdict.check(t, name, d)
					covered[d.Option] = true
				}
			}
		}
	}
	for _, d := range AllDecided() {
		if !covered[d.Option] {
			t.Errorf("no row of this test is about %s", d.Option)
		}
	}
}

func (v verdict) check(t *testing.T, name string, d Decided) {
	t.Helper()
	word := func(ignored bool) string {
		if ignored {
			return "ignored"
		}
		return "refused"
	}
	if got := (verdict{word(d.Ignored), word(d.Ignored || d.Client), v.harmless}); got != v {
		t.Errorf("%s: %v, want %v", name, got, v)
	}
	if d.Why == "" || d.Remedy == "" {
		t.Errorf("%s: neither why nor a remedy may be missing", name)
	}
	if v.harmless != "" != (len(d.Only) > 0) || v.harmless != "" && !d.Harmless(v.harmless) || d.Harmless("something else") {
		t.Errorf("%s: harmless is not %q", name, v.harmless)
	}
}

// TestHonoured: these are the job's own business.
func TestHonoured(t *testing.T) {
	for _, key := range []string{
		"rest.flamegraph.enabled", "rest.async.store-duration", "web.refresh-interval", "web.submit.enable", "security.ssl.internal.enabled", "taskmanager.numberOfTaskSlots",
		"taskmanager.memory.process.size", "env.java.opts.all", "classloader.resolve-order", "process.working-dir", "kubernetes.taskmanager.cpu.limit-factor", "kubernetes.taskmanager.labels",
		"execution.checkpointing.interval", "pipeline.object-reuse", "pipeline.classpaths", "sql-driver.secret-dir", "sql-driver.restart-after", "blob.fetch.retries", "jobmanager.archive.fs.dir", "cluster.registration.error-delay",
		"rest.portx", "high-availabilityx", "",
	} {
		for _, kind := range []string{Local, Kubernetes, ""} {
			if d, ok := DecidedBy(kind, key); ok {
				t.Errorf("%q on %q is taken for %s", key, kind, d.Option)
			}
		}
	}
}

func TestUndecidedAndPinned(t *testing.T) {
	asked := map[string]string{"web.port": "1", "a": "b", "io.tmp.dirs": "/x"}
	if got := Undecided(Local, asked); !maps.Equal(got, map[string]string{"a": "b"}) {
		t.Errorf("%v", got)
	}
	if got := Undecided(Kubernetes, asked); len(got) != 2 {
		t.Errorf("%v", got)
	}
	own := map[string]string{"rest.bind-port": "8081", "jobmanager.rpc.bind-port": "6123"}
	if got := slices.Sorted(maps.Keys(Pinned(Local, asked, own))); !slices.Equal(got, []string{"rest.bind-port"}) {
		t.Errorf("%v", got)
	}
}

// TestDecidedIsDocumented: docs/manifest.md has every row.
func TestDecidedIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../../docs/manifest.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range AllDecided() {
		name := d.Option
		if strings.HasSuffix(name, ".") {
			name += "…"
		}
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/manifest.md says nothing of %s", name)
		}
	}
}
