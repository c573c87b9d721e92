package apply_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/target"
)

// forgetful is a target whose launches would find no secret.
type forgetful struct{ target.Target }

func (forgetful) MissingSecrets(names []string, _ string) []string { return names }

// TestMissingSecret has a running job left alone when its next launch would lack a
// secret, whatever asks for it.
func TestMissingSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		w.MustApply(deploytest.Job(first))
		a := w.Applier()
		deploytest.On(a, forgetful{w.Target})
		refused := func(s *apply.Assessment) {
			t.Helper()
			before := w.Record().Number
			if _, err := a.Carry(t.Context(), s); err == nil || !strings.Contains(err.Error(), "no secret DB_PASSWORD") {
				t.Errorf("%v, want the secret's name", err)
			}
			if n := w.Record().Number; n != before {
				t.Errorf("entry %d was written", n)
			}
		}
		job := deploytest.Job(second)
		job.FlinkProperties = map[string]string{"db.password": "${secret:DB_PASSWORD}"}
		refused(assess(t, a, job))
		w.MustApply(job)
		restart, err := a.AssessWish(t.Context(), job.Name, apply.Wish{Restart: true})
		if err != nil {
			t.Fatal(err)
		}
		refused(restart)
	})
}

// TestFirstLaunchWithoutSecret: diff warns of it, apply stops for it before it touches
// any job.
func TestFirstLaunchWithoutSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		a := w.Applier()
		deploytest.On(a, forgetful{w.Target})
		job := deploytest.Job(first)
		job.FlinkProperties = map[string]string{"db.password": "${secret:DB_PASSWORD}", "sql-driver.secret-dir": "/kept/here"}
		s := assess(t, a, job)
		const want = "it is not started, because its launch would have no secret DB_PASSWORD: neither in the environment here nor in files of /kept/here; set environment variables of these names"
		if s.Err != nil || len(s.Decision.Warnings) != 1 || s.Decision.Warnings[0] != want {
			t.Errorf("%v, warnings %q", s.Err, s.Decision.Warnings)
		}
		apply.Launchable([]*apply.Assessment{s})
		if s.Err == nil || s.Err.Error() != "orders: "+want || len(s.Decision.Warnings) != 0 {
			t.Errorf("%v, warnings %q", s.Err, s.Decision.Warnings)
		}
		if _, err := a.Carry(t.Context(), s); err == nil || err.Error() != "orders: "+want {
			t.Errorf("carried out: %v", err)
		}
		// What was stopped and is to go on gets the same.
		w.MustApply(job)
		stop := *job
		stop.State = manifest.Suspended
		w.MustApply(&stop)
		if s := assess(t, a, job); s.Decision.Kind != change.Restore || s.Decision.Warnings[0] != want {
			t.Errorf("%+v", s.Decision)
		}
		if s := assess(t, a, &stop); len(s.Decision.Warnings) != 0 {
			t.Errorf("it stays stopped: %+v", s.Decision)
		}
	})
}
