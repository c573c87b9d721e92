package apply_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
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
		refused := func(s *apply.Assessment) {
			t.Helper()
			a := w.Applier()
			a.Target = forgetful{a.Target}
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
		refused(assess(t, w.Applier(), job))
		w.MustApply(job)
		restart, err := w.Applier().AssessWish(t.Context(), job.Name, apply.Wish{Restart: true})
		if err != nil {
			t.Fatal(err)
		}
		refused(restart)
	})
}
