package deploy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/manifest"
)

// TestEndedFromOutside: somebody ends a job with Flink's own tools, and its process
// ends with code 0 as if it had finished. It goes on from where it was, whatever its
// manifest says.
func TestEndedFromOutside(t *testing.T) {
	usual := func(w *deploytest.World) string { return w.Bucket.URI("savepoints/orders/1") }
	stop := func(dir func(*deploytest.World) string) func(*deploytest.World) {
		return func(w *deploytest.World) {
			if err := w.Target.Stop(1, dir(w)); err != nil {
				w.Fatal(err)
			}
		}
	}
	cancel := func(w *deploytest.World) { w.Target.Cancel(1) }
	for name, c := range map[string]struct {
		plan string
		end  func(*deploytest.World)
		from string // empty: it is not started
	}{
		"cancelled":                    {"copy-files", cancel, "checkpoints/"},
		"cancelled, no end":            {first, cancel, "checkpoints/"},
		"stopped":                      {"copy-files", stop(usual), "savepoints/orders/1/savepoint-"},
		"stopped, no end":              {first, stop(usual), "savepoints/orders/1/savepoint-"},
		"stopped, no end, out of view": {first, stop(func(w *deploytest.World) string { return w.Bucket.URI("elsewhere") }), ""},
	} {
		for what, job := range map[string]*manifest.Job{"unchanged": deploytest.Job(c.plan), "changed": changed(c.plan)} {
			t.Run(name+", "+what, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					w := deploytest.New(t)
					w.MustApply(deploytest.Job(c.plan))
					c.end(w)
					time.Sleep(time.Second)
					says, err := (&deploy.Deployer{Bucket: w.Bucket}).Outside(t.Context(), w.Record())
					if err != nil || !strings.Contains(says, "from outside") {
						t.Errorf("%q, %v", says, err)
					}
					if c.from == "" {
						if s := assessed(w, job); s.Decision.Kind != change.Blocked || !strings.Contains(s.Decision.Reason, "somebody stopped it from outside") {
							t.Errorf("%+v", s.Decision)
						}
						return
					}
					if e := w.MustApply(job); !strings.Contains(e.Launch.Restored, c.from) || e.Launch.Number != 2 {
						t.Errorf("%+v", e.Launch)
					}
					w.Check() // from the newest state
				})
			})
		}
	}
}

func changed(plan string) *manifest.Job {
	job := deploytest.Job(plan)
	job.FlinkProperties = map[string]string{"restart-strategy.type": "none"}
	return job
}

// TestFinishedAfterASavepointByHand: one that did not end the job says nothing about
// its end, and is nothing to go on from.
func TestFinishedAfterASavepointByHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		e := w.MustApply(deploytest.Job("copy-files"))
		dir := filepath.Join(w.Dir, "savepoints/orders/1/savepoint-"+e.Launch.JobID[:6]+"-ba9876543210")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "_metadata"), w.Target.Metadata, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := w.Target.Finish(1, 0); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if s := assessed(w, deploytest.Job("copy-files")); s.Decision.Kind != change.Nothing {
			t.Errorf("%+v", s.Decision)
		}
		if says, err := (&deploy.Deployer{Bucket: w.Bucket}).Outside(t.Context(), e); err != nil || says != "" {
			t.Errorf("%q, %v", says, err)
		}
	})
}
