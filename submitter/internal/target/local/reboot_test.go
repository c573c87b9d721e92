//go:build linux

package local

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/target"
)

// reboot leaves a run directory as a boot of the machine would: its processes are
// gone and what is written down is of another boot. Memory is kept, which is the
// harder case.
func reboot(t *testing.T, dir string) {
	t.Helper()
	members, err := family(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range members { // the supervisor first, so that it writes nothing down
		if m.role == roleSupervisor {
			kill(t, m.process)
		}
	}
	for _, m := range members {
		kill(t, m.process)
	}
	for _, name := range []string{"launch.json", "status.json", "gateway.json"} {
		edit(t, filepath.Join(dir, name), func(record map[string]any) {
			record["host"].(map[string]any)["boot"] = "00000000-0000-4000-8000-000000000000"
		})
	}
}

// edit changes a JSON file that is there.
func edit(t *testing.T, path string, change func(map[string]any)) {
	t.Helper()
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	var record map[string]any
	if err == nil {
		err = json.Unmarshal(data, &record)
	}
	if err != nil {
		t.Fatal(err)
	}
	change(record)
	if data, err = json.Marshal(record); err == nil {
		err = os.WriteFile(path, data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// stranger is a process that has nothing to do with us.
func stranger(t *testing.T) process {
	t.Helper()
	cmd := exec.Command("sleep", "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	p, _, err := lookUp(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func wantAlive(t *testing.T, p process) {
	t.Helper()
	if alive, err := p.alive(); err != nil || !alive {
		t.Errorf("the stranger was killed: %v", err)
	}
}

// everythingIs has a status name one process in every place.
func everythingIs(t *testing.T, dir string, p process) {
	t.Helper()
	edit(t, filepath.Join(dir, "status.json"), func(s map[string]any) {
		name := func(v any) {
			m := v.(map[string]any)
			m["pid"], m["start"] = p.PID, p.Start
		}
		name(s["supervisor"])
		name(s["jobManager"])
		for _, tm := range s["taskManagers"].([]any) {
			name(tm)
		}
	})
}

// TestReboot leaves everything of a launch behind that can be, and a stranger that
// has by chance its processes' number and start time.
func TestReboot(t *testing.T) {
	t.Parallel()
	on := fake(t)
	l := asked("", "")
	start(t, on, l)
	s := awaitStatus(t, on, l.Ref, oneTaskManager)
	dir, _ := on.runDir(l.Ref)
	reboot(t, dir)
	other := stranger(t)
	everythingIs(t, dir, other)
	runtime, _, _ := runtimeDir(on.env)
	private := privateDir(runtime, dir)
	if _, err := os.Stat(private); err != nil {
		t.Fatalf("no private directory was left: %v", err)
	}
	// Its port belongs to somebody else now, who answers.
	if web, err := net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(s.Ports.REST))); err == nil {
		server := &http.Server{Handler: http.NotFoundHandler()}
		go server.Serve(web)
		defer server.Close()
	}

	o, err := on.Observe(t.Context(), l.Ref)
	if err != nil || o.Condition != target.Failed || !strings.Contains(o.Proof, "was started again since") || o.UI != "" || o.Problem != "" {
		t.Errorf("%+v, %v", o, err)
	}
	if _, err := on.JobManager(t.Context(), l.Ref); err == nil {
		t.Error("a port of before is asked")
	}
	// A launch runs once, whoever asks for it again.
	start(t, on, l)
	out, err := exec.Command(on.config.SubmitterPath, "local", "supervise", dir).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "before the last boot") {
		t.Errorf("supervised again: %v: %s", err, out)
	}
	if members, _ := family(dir); len(members) > 0 {
		t.Errorf("it was started again: %+v", members)
	}
	next := l
	next.Launch, next.ClusterID = 2, "orders-2"
	start(t, on, next)
	awaitCondition(t, on, next.Ref, target.Running)

	if err := on.endLaunch(t.Context(), dir); err != nil { // as `local down` does
		t.Error(err)
	}
	wantAlive(t, other)
	if err := on.Remove(t.Context(), l.Ref); err != nil {
		t.Error(err)
	}
	wantAlive(t, other)
	for _, left := range []string{dir, private} {
		if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is left: %v", left, err)
		}
	}
	awaitCondition(t, on, next.Ref, target.Running)
}

// Reservations that nobody holds any more keep no port from being chosen.
func TestStaleReservations(t *testing.T) {
	t.Parallel()
	runtime := t.TempDir()
	low, high := portRange()
	if err := os.Mkdir(filepath.Join(runtime, "ports"), 0o700); err != nil {
		t.Fatal(err)
	}
	for port := low; port <= high; port++ {
		write(t, filepath.Join(runtime, "ports", strconv.Itoa(port)), "")
	}
	_, held, err := reserve(runtime, 2)
	if err != nil {
		t.Fatal(err)
	}
	closeAll(held)
}

// TestGatewayBeforeReboot has a record of another boot name a stranger, and a port
// at which somebody answers as a gateway does.
func TestGatewayBeforeReboot(t *testing.T) {
	t.Parallel()
	on := fake(t)
	answers := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(`{"productName":"Apache Flink","version":"2.3.0"}`))
	}))
	defer answers.Close()
	_, port, _ := net.SplitHostPort(answers.Listener.Addr().String())
	number, _ := strconv.Atoi(port)
	other := stranger(t)
	now, err := thisHost()
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(gatewayRecord{Version: formatVersion, Host: now, Process: other, Port: number, FlinkHome: on.config.FlinkHome, JavaHome: on.config.JavaHome})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(on.gatewayDir(), "gateway.json"), string(data))
	reboot(t, on.gatewayDir())
	if why, _, err := on.gatewayUsable(t.Context(), on.gatewayDir(), on.config.JavaHome); err != nil || !strings.Contains(why, "before the last boot") {
		t.Errorf("%q, %v", why, err)
	}
	if err := on.gatewayDown(t.Context(), on.gatewayDir()); err != nil {
		t.Error(err)
	}
	wantAlive(t, other)
}

// TestApplyAfterReboot: the launch is proved to be dead, so apply restores the
// newest state in a new one.
func TestApplyAfterReboot(t *testing.T) {
	t.Parallel()
	w := deploytest.New(t)
	driver := filepath.Join(t.TempDir(), "standin")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", driver, "flink-sql-driver/e2e/standin").CombinedOutput(); err != nil {
		t.Fatalf("build the stand-in: %v\n%s", err, out)
	}
	on := fake(t, func(c *Config) { c.DriverPath = driver })
	apply := func() *journal.Entry {
		t.Helper()
		a := w.Applier()
		deploytest.On(a, on)
		e, err := deploytest.Apply(t.Context(), a, deploytest.Job("sum-above-5"))
		if err != nil {
			t.Fatal(err)
		}
		return w.Want(e, journal.Committed)
	}
	before := apply()
	ref := target.Ref{Name: deploytest.Name, Launch: before.Launch.Number, ClusterID: before.Launch.ClusterID, JobID: before.Launch.JobID}
	awaitStatus(t, on, ref, oneTaskManager)
	checkpoint := filepath.Join(w.Dir, "checkpoints", deploytest.Name, "1", ref.JobID, "chk-7")
	write(t, filepath.Join(checkpoint, "_metadata"), string(w.Target.Metadata))
	dir, _ := on.runDir(ref)
	reboot(t, dir)
	other := stranger(t)
	everythingIs(t, dir, other)

	after := apply()
	if after.Launch.Number != before.Launch.Number+1 || after.Launch.Restored != "file://"+checkpoint {
		t.Errorf("launch %d restored %q, want launch %d from %s", after.Launch.Number, after.Launch.Restored, before.Launch.Number+1, checkpoint)
	}
	awaitCondition(t, on, target.Ref{ClusterID: after.Launch.ClusterID}, target.Running)
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what the boot left of the first launch is still there: %v", err)
	}
	wantAlive(t, other)
}
