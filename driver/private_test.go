package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flink-sql-driver/plan/process"
)

// A driver that is refused, or whose Flink cannot be executed, leaves no secret
// behind.
func TestPrivateDirIsLeft(t *testing.T) {
	for name, c := range map[string]struct {
		breakIt func(*store) []string
		code    int
	}{
		"aborted": {func(s *store) []string {
			s.decision(strings.Replace(goDecision, `"go"`, `"abort","reason":"somebody else won"`, 1))
			return s.args()
		}, 67},
		"no java": {func(s *store) []string {
			s.file("java/bin/java", "#!/no/interpreter\n", 0o755)
			return []string{"standalone-job", "-D", planOption(s.plan)}
		}, 126},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			r := s.run(c.breakIt(s)...)
			if r.code != c.code {
				t.Errorf("exit code %d, want %d\n%s", r.code, c.code, r.stderr)
			}
			if _, err := os.Stat(s.private()); err == nil {
				t.Errorf("%s stayed", s.private())
			}
		})
	}
}

func TestStandbyLeavesNothing(t *testing.T) {
	s := newStore(t)
	s.env = append(s.env, "FAKE_CODE=163")
	r := standBy(t, s)
	r.decision(goDecision)
	r.code()
	if _, err := os.Stat(s.private()); err == nil {
		t.Errorf("%s stayed", s.private())
	}
}

// What a killed driver left is swept by the next one, unless it may still run.
func TestSweep(t *testing.T) {
	w := newWorld(t)
	self, err := process.Self()
	if err != nil {
		t.Fatal(err)
	}
	dead, elsewhere := self, self
	dead.Start++
	elsewhere.Boot = "another"
	for name, owner := range map[string]string{
		"jobmanager-1": dead.String(), "jobmanager-2": self.String(), "jobmanager-3": elsewhere.String(), "jobmanager-4": "", "jobmanager-5": "nonsense",
	} {
		dir := filepath.Join(w.private(), name)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if owner == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, ownerFile), []byte(owner), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := w.run("standalone-job", "-D", planOption(w.file("p.json", strings.ReplaceAll(smallPlan, "${secret:CANARY}", "s"), 0o644)))
	r.want(t, 0)
	for name, stays := range map[string]bool{"jobmanager-1": false, "jobmanager-2": true, "jobmanager-3": true, "jobmanager-4": true, "jobmanager-5": true} {
		if _, err := os.Stat(filepath.Join(w.private(), name)); (err == nil) != stays {
			t.Errorf("%s is there: %v", name, err == nil)
		}
	}
	if owner := w.inPrivate(r, "jobmanager", ownerFile); !strings.HasPrefix(owner, "process:") {
		t.Errorf("it belongs to %q", owner)
	}
}

func TestSweepOfClusters(t *testing.T) {
	own := t.TempDir()
	self, err := process.Self()
	if err != nil {
		t.Fatal(err)
	}
	self.Start++
	for _, dir := range []string{"a-1/jobmanager-1", "empty", "keep/jobmanager-2"} {
		if err := os.MkdirAll(filepath.Join(own, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{"a-1/jobmanager-1", "keep/jobmanager-2"} {
		if err := os.WriteFile(filepath.Join(own, dir, ownerFile), []byte(self.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sweepClusters(own, filepath.Join(own, "keep/jobmanager-2"))
	for dir, stays := range map[string]bool{"a-1": false, "empty": true, "keep/jobmanager-2": true} {
		if _, err := os.Stat(filepath.Join(own, dir)); (err == nil) != stays {
			t.Errorf("%s is there: %v", dir, err == nil)
		}
	}
}
