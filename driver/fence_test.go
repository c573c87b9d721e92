package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"flink-sql-driver/driver/internal/fence"
)

const testJobID = "0123456789abcdef0123456789abcdef"

// store is a bucket directory with one job's journal.
type store struct {
	*world
	plan string
}

func newStore(t *testing.T) *store {
	w := newWorld(t)
	s := &store{w, w.file("p.json", strings.ReplaceAll(smallPlan, "${secret:CANARY}", "s"), 0o644)}
	s.entry(7, 3)
	return s
}

func (s *store) entry(number, launch int) {
	s.file(fmt.Sprintf("store/journal/orders/%020d.json", number), fmt.Sprintf(`{"version":1,"number":%d,"name":"orders","phase":"decided","launch":{"number":%d}}`, number, launch), 0o644)
}

func (s *store) decision(text string) {
	s.file("store/launches/orders/3/decision.json", text, 0o644)
}

const goDecision = `{"version":1,"verdict":"go","launch":3,"clusterId":"orders-3","jobId":"` + testJobID + `","entry":7,"savepoint":"file:///sp/a'b","claimMode":"NO_CLAIM","allowNonRestored":true,"nonce":"x"}`

func (s *store) args(more ...string) []string {
	return append([]string{
		"standalone-job", "-D", planOption(s.plan), "-D", optJobID + "=" + testJobID,
		"-D", optLaunch + "=file://" + filepath.Join(s.dir, "store") + "/launches/orders/3/",
	}, more...)
}

func (s *store) claim() string { return s.text("store/launches/orders/3/claim.json") }

func TestLaunchWithDecision(t *testing.T) {
	s := newStore(t)
	s.decision(goDecision)
	r := s.run(s.args()...)
	r.want(t, 0, "decision of launch 3: go", "claimed launch 3 of orders")
	script := s.inPrivate(r, "jobmanager", "job.sql")
	for _, line := range []string{
		"SET 'execution.state-recovery.path' = 'file:///sp/a''b';", "SET 'execution.state-recovery.claim-mode' = 'NO_CLAIM';",
		"SET 'execution.state-recovery.ignore-unclaimed-state' = 'true';",
	} {
		if !strings.Contains(script, line+"\n") {
			t.Errorf("%s is missing in\n%s", line, script)
		}
	}
	if !strings.Contains(s.claim(), fmt.Sprintf(`"process:%d.`, r.pid)) {
		t.Errorf("claim %s", s.claim())
	}
}

func TestFence(t *testing.T) {
	for name, c := range map[string]struct {
		decision string
		newest   int // launch of a newer journal entry
		words    []string
	}{
		"aborted":          {decision: strings.Replace(goDecision, `"go"`, `"abort","reason":"somebody else won"`, 1), words: []string{"aborted: somebody else won"}},
		"another cluster":  {decision: strings.Replace(goDecision, `orders-3`, `orders-4`, 1), words: []string{"orders-4"}},
		"another job":      {decision: strings.Replace(goDecision, testJobID, strings.Repeat("f", 32), 1), words: []string{"ffffff"}},
		"journal moved on": {decision: goDecision, newest: 4, words: []string{"entry (8)", "launch 4 run, not this launch 3"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			s.decision(c.decision)
			if c.newest > 0 {
				s.entry(8, c.newest)
			}
			r := s.run(s.args()...)
			r.want(t, 67, c.words...)
			if r.argv != nil {
				t.Errorf("it was started: %q", r.argv)
			}
		})
	}
}

func TestBrokenDecisionMayPass(t *testing.T) {
	s := newStore(t)
	for _, text := range []string{
		`{"version":1,"verd`, strings.Replace(goDecision, `"launch":3`, `"launch":4`, 1), strings.Replace(goDecision, `"go"`, `"perhaps"`, 1),
	} {
		s.decision(text)
		s.run(s.args()...).want(t, 65, "decision.json")
	}
}

func TestOnlyOneInstanceRuns(t *testing.T) {
	s := newStore(t)
	s.decision(goDecision)
	s.run(s.args("-D", "sql-driver.instance=job:one")...).want(t, 0)
	s.run(s.args("-D", "sql-driver.instance=job:two")...).want(t, 67, "job:one")

	// A process that runs keeps its claim.
	s = newStore(t)
	s.decision(goDecision)
	me, err := fence.Process(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	claim := func(instance string) {
		s.file("store/launches/orders/3/claim.json", `{"version":1,"launch":3,"instance":"`+instance+`"}`, 0o644)
	}
	claim(me)
	s.run(s.args()...).want(t, 67, "that process is running")
	claim("process:1.1@some-other-boot")
	s.run(s.args()...).want(t, 67, "unknown")
	claim("process:nonsense")
	s.run(s.args()...).want(t, 67)
}

func TestSecondStart(t *testing.T) {
	s := newStore(t)
	s.decision(goDecision)
	first := s.run(s.args()...)
	first.want(t, 0)
	checkpoints := filepath.Join(s.dir, "checkpoints")
	again := func(more ...string) result {
		return s.run(s.args(append([]string{"-D", "execution.checkpointing.dir=file://" + checkpoints}, more...)...)...)
	}
	// The first process is gone, but it may have run: nothing begins anew.
	again().want(t, 67, "no complete checkpoint", testJobID)
	s.run(s.args()...).want(t, 67, "execution.checkpointing.dir")
	again("-D", "high-availability.type=zookeeper").want(t, 0)

	magic := binary.BigEndian.AppendUint32(nil, 0x4960672d)
	for n, head := range map[int]string{2: string(magic), 9: string(magic) + "x", 10: "nonsense", 11: ""} {
		path := s.file(fmt.Sprintf("checkpoints/%s/chk-%d/_metadata", testJobID, n), head, 0o644)
		if head == "" {
			os.Remove(path)
		}
	}
	s.file("checkpoints/"+testJobID+"/shared/x", "", 0o644)
	var r result
	for _, more := range [][]string{nil, {"-D", "high-availability.type=zookeeper"}} { // its store may have been emptied
		s.env = append(s.env, "FAKE_DOES=cp "+s.private()+"/*/job.sql $RECORD.script") // gone with a driver that stays with Flink
		r = again(more...)
		r.want(t, 0, "started again")
		if want := "SET 'execution.state-recovery.path' = 'file://" + checkpoints + "/" + testJobID + "/chk-9';"; !strings.Contains(s.text("record.script"), want) {
			t.Errorf("%s is missing in\n%s", want, s.text("record.script"))
		}
	}
	// Who follows a process that is gone leaves a claim of its own, so that of two
	// that follow it only one runs.
	if !strings.Contains(s.claim(), fmt.Sprintf("process:%d.", first.pid)) {
		t.Errorf("the first claim was changed: %s", s.claim())
	}
	me, err := fence.Process(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	last := 2
	for s.text(fmt.Sprintf("store/launches/orders/3/claim-%d.json", last+1)) != "" {
		last++
	}
	if last != 6 {
		t.Errorf("there are %d claims", last)
	}
	s.file(fmt.Sprintf("store/launches/orders/3/claim-%d.json", last+1), `{"version":1,"launch":3,"instance":"`+me+`"}`, 0o644)
	again().want(t, 67, "that process is running")
}

// standbyRun is a driver that stands by.
type standbyRun struct {
	*store
	cmd    *exec.Cmd
	stderr bytes.Buffer
}

// fakeFlinkWaits fetches the script as SqlDriver would and then runs until it is
// asked to end.
const fakeFlinkWaits = `trap 'exit 143' TERM
uri="${@: -1}"
curl -sS "$uri" > "$RECORD.script" && echo "fetched" > "$RECORD.fetched"
[ -n "$FAKE_CODE" ] && exit "$FAKE_CODE"
while :; do sleep 0.05; done`

func standBy(t *testing.T, s *store, more ...string) *standbyRun {
	s.env = append(s.env, "FAKE_DOES="+fakeFlinkWaits)
	ctx, cancel := context.WithTimeout(context.Background(), testTimeout)
	t.Cleanup(cancel)
	t.Cleanup(func() { os.RemoveAll(s.private()) })
	r := &standbyRun{store: s, cmd: s.command(ctx, s.args(more...)...)}
	r.cmd.Stderr, r.cmd.Stdout = &r.stderr, &r.stderr
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.cmd.Process.Signal(syscall.SIGTERM); r.cmd.Wait() })
	r.await("record.pid")
	return r
}

// await waits for a file of the world.
func (r *standbyRun) await(name string) string {
	r.t.Helper()
	for deadline := time.Now().Add(testTimeout); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if text := r.text(name); text != "" {
			return text
		}
	}
	r.t.Fatalf("%s does not appear", name)
	return ""
}

func (r *standbyRun) code() int {
	r.cmd.Wait()
	return r.cmd.ProcessState.ExitCode()
}

func TestStandbyIsReleased(t *testing.T) {
	r := standBy(t, newStore(t))
	if r.claim() != "" || r.text("record.fetched") != "" {
		t.Fatal("it ran before the decision")
	}
	r.decision(goDecision)
	r.await("record.fetched")
	if script := r.text("record.script"); !strings.Contains(script, "file:///sp/a''b") || !strings.Contains(script, "EXECUTE PLAN") {
		t.Errorf("script:\n%s", script)
	}
	if !strings.Contains(r.claim(), fmt.Sprintf(`"process:%d.`, r.cmd.Process.Pid)) {
		t.Errorf("claim %s", r.claim())
	}
	r.cmd.Process.Signal(syscall.SIGTERM)
	if code := r.code(); code != 143 {
		t.Errorf("exit code %d\n%s", code, &r.stderr)
	}
}

func TestStandbyPassesFlinksCodeOn(t *testing.T) {
	s := newStore(t)
	s.env = append(s.env, "FAKE_CODE=163")
	r := standBy(t, s)
	r.decision(goDecision)
	if code := r.code(); code != 163 || !strings.Contains(r.stderr.String(), "163") || r.text("last-word") != "" {
		t.Errorf("exit code %d, last word %q\n%s", code, r.text("last-word"), &r.stderr)
	}
}

func TestStandbyIsTurnedAway(t *testing.T) {
	for name, c := range map[string]struct {
		decide func(*store)
		args   []string
		word   string
	}{
		"aborted":          {decide: func(s *store) { s.decision(strings.Replace(goDecision, `"go"`, `"abort","reason":"too slow"`, 1)) }, word: "too slow"},
		"journal moved on": {decide: func(s *store) { s.entry(8, 4); s.decision(goDecision) }, word: "launch 4 run"},
		"timeout":          {decide: func(*store) {}, args: []string{"-D", "sql-driver.standby-timeout=300 ms"}, word: "heard nothing for 300ms"},
	} {
		t.Run(name, func(t *testing.T) {
			r := standBy(t, newStore(t), c.args...)
			c.decide(r.store)
			if code := r.code(); code != 67 || !strings.Contains(r.text("last-word"), c.word) {
				t.Errorf("exit code %d, last word %q\n%s", code, r.text("last-word"), &r.stderr)
			}
			if r.text("record.fetched") != "" && strings.Contains(r.text("record.script"), "EXECUTE") {
				t.Error("Flink got its script")
			}
			var pid int
			fmt.Sscan(r.text("record.pid"), &pid)
			if err := syscall.Kill(pid, 0); err == nil {
				t.Errorf("Flink (%d) runs on", pid)
			}
			if c.args != nil && !strings.Contains(r.text("store/launches/orders/3/decision.json"), `"abort"`) {
				t.Error("nobody aborted the launch")
			}
		})
	}
}

func TestStandbyEndsWithItsDriver(t *testing.T) {
	r := standBy(t, newStore(t))
	var pid int
	fmt.Sscan(r.text("record.pid"), &pid)
	r.cmd.Process.Kill()
	r.cmd.Wait()
	for deadline := time.Now().Add(testTimeout); syscall.Kill(pid, 0) == nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("Flink (%d) outlives its driver", pid)
		}
	}
}
