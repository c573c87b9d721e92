package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flink-sql-driver/driver/internal/flink"
)

const smallPlan = `{"flinkVersion":"2.3","nodes":[{"id":1,"type":"x","table":{"resolvedTable":{"options":{"secret":"${secret:CANARY}"}}}}],"edges":[]}`

func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func planOption(path string) string   { return "$internal.sql-gateway.driver.json-plan=" + path }
func configOption(path string) string { return "$internal.sql-gateway.driver.sql-config=" + path }

func TestPassesOnWhatItDoesNotKnow(t *testing.T) {
	w := newWorld(t)
	w.file("bin/some-tool", recorder, 0o755)
	w.env = append(w.env, "FAKE_DOES=exit 7")
	r := w.run("some-tool", "-D", "a b", "", "$x")
	r.want(t, 7)
	if diff := cmp.Diff([]string{filepath.Join(w.dir, "bin/some-tool"), "-D", "a b", "", "$x"}, r.argv); diff != "" {
		t.Error(diff)
	}
	if pid := strings.TrimSpace(w.text("record.pid")); pid != jsonText(r.pid) {
		t.Errorf("pid %s, but the driver was %d", pid, r.pid)
	}
	w.run("no-such-tool").want(t, 127, "no-such-tool")
	w.file("bin/no-program", "\x7fELF nonsense", 0o755)
	w.run("no-program").want(t, 126, "no-program")
	w.run().want(t, 64, "usage:")
}

func jsonText(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

func TestPassesOnThroughTheImagesEntrypoint(t *testing.T) {
	w := newWorld(t)
	w.env = append(w.env, "FLINK_SQL_ENTRYPOINT="+w.file("entrypoint.sh", recorder, 0o755))
	for _, argv := range [][]string{{"history-server"}, {"standalone-job", "--job-classname", "X"}, {"bash", "-c", "echo $HOME; ls"}} {
		r := w.run(argv...)
		r.want(t, 0)
		if diff := cmp.Diff(argv, r.argv[1:]); diff != "" || filepath.Base(r.argv[0]) != "entrypoint.sh" {
			t.Error(r.argv[0], diff)
		}
	}
}

func TestFlinksCommandsWithoutPlanAreFlinksScripts(t *testing.T) {
	w := newWorld(t)
	r := w.run("standalone-job", "--job-classname", "X", "-Da=b")
	r.want(t, 0)
	if diff := cmp.Diff([]string{filepath.Join(w.home, "bin/standalone-job.sh"), "start-foreground", "--job-classname", "X", "-Da=b"}, r.argv); diff != "" {
		t.Error(diff)
	}
}

func TestJobManagerByHand(t *testing.T) {
	w := newWorld(t)
	jar := w.file("my udf.jar", "jar", 0o644)
	plan := w.file("p.json", strings.Replace(smallPlan, `"x"`, `"${resource:it's.jar}"`, 1), 0o644)
	config := w.file("c.json", `{"version":1,"run":{"plan":{}},"init":["CREATE FUNCTION f AS 'F' USING JAR '${resource:it''s.jar}' -- ok"],
		"resources":[{"name":"it's.jar","kind":"jar","uri":"`+jar+`"}],
		"session":{"pipeline.name":"a: b #c","parallelism.default":"4","s3.secret-key":"${secret:CANARY}","jobmanager.memory.process.size":"1g"},"secrets":["CANARY"]}`, 0o644)
	canary := "ca\"na\\ry\n: # ' 42"
	w.env = append(w.env, "CANARY="+canary)
	// A doubled quote is not the resource's name.
	w.run("standalone-job", "-D", planOption(plan), "-D", configOption(config)).want(t, 64, "it''s.jar")

	config = w.file("c.json", strings.Replace(w.text("c.json"), "it''s", "it's", 1), 0o644)
	r := w.run("standalone-job", "-D", planOption(plan), "-D", configOption("file://"+config+"#sha256="+digestOf(w.text("c.json"))), "-D", "parallelism.default=5")
	r.want(t, 0, "driver config", "plan,", "handing over")
	for _, text := range append(r.argv, r.stderr, w.inPrivate(r, "jobmanager", "job.sql")) {
		if strings.Contains(text, "' 42") {
			t.Errorf("the secret is in %q", text)
		}
	}
	resource := filepath.Join(w.dir, "work/resources", digestOf("jar"), "it's.jar")
	script := "SET 'execution.state-recovery.claim-mode' = 'NO_CLAIM';\n" +
		"SET 'execution.state-recovery.ignore-unclaimed-state' = 'false';\n" +
		"ADD JAR '" + strings.ReplaceAll(resource, "'", "''") + "';\n" +
		"CREATE FUNCTION f AS 'F' USING JAR '" + resource + "' -- ok\n;\n" +
		"EXECUTE PLAN '" + filepath.Join(w.private(), "jobmanager-"+jsonText(r.pid), "plan.json") + "';\n"
	if diff := cmp.Diff(script, w.inPrivate(r, "jobmanager", "job.sql")); diff != "" {
		t.Error(diff)
	}
	var filled struct {
		Nodes []struct {
			Type  string
			Table struct {
				ResolvedTable struct{ Options map[string]string }
			}
		}
	}
	if err := json.Unmarshal([]byte(w.inPrivate(r, "jobmanager", "plan.json")), &filled); err != nil {
		t.Fatal(err)
	}
	if n := filled.Nodes[0]; n.Table.ResolvedTable.Options["secret"] != canary || n.Type != resource {
		t.Errorf("plan has %q", n)
	}
	conf, err := flink.ParseConf([]byte(w.inPrivate(r, "jobmanager", "conf/config.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"s3.secret-key": canary, "pipeline.name": "a: b #c", "jobmanager.memory.process.size": "1g", "cluster.registration.error-delay": "200 ms"} {
		if got, _ := conf.Get(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if dir := r.variable("FLINK_CONF_DIR"); dir != filepath.Join(w.private(), "jobmanager-"+jsonText(r.pid), "conf") {
		t.Errorf("FLINK_CONF_DIR=%s", dir)
	}
	if got := r.after("--scriptUri"); !strings.HasSuffix(got, "/job.sql") || r.after("--job-classname") != flink.SQLDriver {
		t.Errorf("argv %q", r.argv)
	}
	if !strings.Contains(strings.Join(r.argv, " "), "-D parallelism.default=5 ") {
		t.Errorf("argument is lost: %q", r.argv)
	}
	checkModes(t, w.private())
	if _, err := os.Stat(resource); err != nil {
		t.Error(err)
	}
}

// checkModes makes sure that nobody else can read what is private.
func checkModes(t *testing.T, dir string) {
	_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		info, err := d.Info()
		if err != nil {
			t.Error(err)
			return nil
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return nil
	})
}

func TestTaskManager(t *testing.T) {
	w := newWorld(t)
	config := w.file("c.json", `{"version":1,"run":{"plan":{}},"resources":[{"name":"data","kind":"file","uri":"`+w.file("data", "d", 0o644)+`"}],
		"session":{"a.token":"${secret:T}","x":"${resource:data}"},"secrets":["T","ONLY_IN_PLAN"]}`, 0o644)
	w.file("secrets/T", "from a file\n", 0o600)
	for _, argv := range [][]string{
		{"taskmanager"}, {"kubernetes-taskmanager"}, {"bash", "-c", "kubernetes-taskmanager.sh -Dkey='a b'"},
	} {
		r := w.run(append(argv, nil...)...)
		if r.code != 0 {
			t.Fatal(r.stderr)
		}
		w.env = append(w.env, "FLINK_TM_JVM_MEM_OPTS=-Xmx5m")
		w.file("flink/conf/config.yaml", w.text("flink/conf/config.yaml")+"'"+optConfig+"': "+config+"\n", 0o644)
		r = w.run(argv...)
		r.want(t, 0, "1 resources", "handing over to java")
		conf, err := flink.ParseConf([]byte(w.inPrivate(r, "taskmanager", "conf/config.yaml")))
		if err != nil {
			t.Fatal(err)
		}
		if v, _ := conf.Get("a.token"); v != "from a file" {
			t.Errorf("secret is %q", v)
		}
		if v, _ := conf.Get("x"); v != filepath.Join(w.dir, "work/resources", digestOf("d"), "data") {
			t.Errorf("resource is %q", v)
		}
		w.file("flink/conf/config.yaml", "taskmanager.memory.process.size: 1728m\n", 0o644)
	}
}

func TestStockStart(t *testing.T) {
	w := newWorld(t)
	w.env = append(w.env, "CANARY=x")
	plan := w.file("p.json", smallPlan, 0o644)
	r := w.run("standalone-job", "-D", planOption(plan), "-Dsql-driver.stock-start=true")
	r.want(t, 0)
	if filepath.Base(r.argv[0]) != "standalone-job.sh" || r.argv[1] != "start-foreground" {
		t.Errorf("argv %q", r.argv)
	}
	if strings.Contains(w.inPrivate(r, "jobmanager", "conf/config.yaml"), optErrorDelay) {
		t.Error("a stock start is tuned")
	}
	// What only a shell can read goes to the scripts, and the story says so.
	w.file("flink/conf/config.yaml", "jobmanager.memory.process.size: 1600m\nenv.java.opts.jobmanager: -Xloggc:$HOME/gc\n", 0o644)
	r = w.run("standalone-job", "-D", planOption(plan))
	r.want(t, 0, "Flink's own scripts start it")
	if filepath.Base(r.argv[0]) != "standalone-job.sh" {
		t.Errorf("argv %q", r.argv)
	}
}

func TestKubernetesApplication(t *testing.T) {
	w := newWorld(t)
	w.env = append(w.env, "CANARY=x")
	r := w.run("kubernetes-application", "-D", planOption(w.file("p.json", smallPlan, 0o644)))
	r.want(t, 0)
	conf, err := flink.ParseConf([]byte(w.inPrivate(r, "jobmanager", "conf/config.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	want := `["--scriptUri","file://` + filepath.Join(w.private(), "jobmanager-"+jsonText(r.pid), "job.sql") + `"]`
	if v, _ := conf.Get(optMainArgs); v != want {
		t.Errorf("%s is %s", optMainArgs, v)
	}
	if v, _ := conf.Get(optMainClass); v != flink.SQLDriver {
		t.Errorf("%s is %s", optMainClass, v)
	}
}
