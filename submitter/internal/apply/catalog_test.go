package apply_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// outside is a catalog that a job's script has two statements about.
type outside struct {
	ran     []string // in order
	failing string   // id of the one that fails
	entries []journal.Entry
}

var statements = []change.CatalogChange{{ID: "1", What: "CREATE TABLE `p`.`d`.`t`"}, {ID: "2", What: "ALTER TABLE `p`.`d`.`t`"}}

// on has an applier's jobs ask for the statements that are not made yet.
func (o *outside) on(a *apply.Applier) *apply.Applier {
	compile := a.Compile
	a.Compile = func(ctx context.Context, requests []apply.Request) []apply.Result {
		results := compile(ctx, requests)
		for i, r := range requests {
			results[i].CatalogSeen = statements
			for _, c := range statements {
				if !r.Made[c.ID] {
					results[i].Catalog.Pending = append(results[i].Catalog.Pending, c)
					results[i].Catalog.Unknown = "there is no table yet"
				}
			}
		}
		return results
	}
	a.Change = func(_ context.Context, r apply.Request, each func(change.CatalogChange, func() error) error) error {
		for _, c := range statements {
			if r.Made[c.ID] {
				continue
			}
			err := each(c, func() error {
				if c.ID == o.failing {
					return errors.New("there is such a column")
				}
				o.ran = append(o.ran, c.ID)
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
	a.Step = func(e journal.Entry) { o.entries = append(o.entries, e) }
	return a
}

// apply is what the command does with a job.
func (o *outside) apply(t *testing.T, w *deploytest.World, job *manifest.Job) (*journal.Entry, error) {
	t.Helper()
	a := o.on(w.Applier())
	s := assess(t, a, job)
	if s.Decision.Kind == change.ChangeCatalog {
		if e, err := a.ChangeCatalogs(t.Context(), s); err != nil {
			return e, err
		}
	}
	return a.Carry(t.Context(), s)
}

func TestCatalogChangesRunOnceAndAreWrittenDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, o := deploytest.New(t), &outside{}
		job := deploytest.Job(first)
		if d := assess(t, o.on(w.Applier()), job).Decision; d.Kind != change.ChangeCatalog || len(o.ran) > 0 {
			t.Fatalf("a look: %+v, ran %v", d, o.ran)
		}
		e, err := o.apply(t, w, job)
		if err != nil || e.Phase != journal.Committed || e.Action != journal.Launch || !slices.Equal(o.ran, []string{"1", "2"}) {
			t.Fatalf("%+v, %v, ran %v", e, err, o.ran)
		}
		if len(e.Catalog) != 2 || !e.Catalog[0].Made || !e.Catalog[1].Made {
			t.Errorf("the record says %+v", e.Catalog)
		}
		changed := deploytest.Job(second)
		if e, err = o.apply(t, w, changed); err != nil || e.Action != journal.Upgrade || len(o.ran) != 2 {
			t.Errorf("an upgrade: %+v, %v, ran %v", e, err, o.ran)
		}
		history, err := w.Applier().Journal.History(t.Context(), deploytest.Name)
		if err != nil {
			t.Fatal(err)
		}
		begun := 0
		for _, e := range history {
			if e.Phase == journal.Changing && len(e.Catalog) > 0 && !e.Catalog[len(e.Catalog)-1].Made {
				begun++
			}
		}
		if begun != 2 {
			t.Errorf("%d statements were written down before they ran, want 2", begun)
		}
	})
}

func TestCatalogChangeThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, o := deploytest.New(t), &outside{failing: "2"}
		e, err := o.apply(t, w, deploytest.Job(first))
		if err == nil || e.Phase != journal.Committed || !strings.Contains(e.Problem, "there is such a column") || len(w.Target.Started()) > 0 {
			t.Fatalf("%+v, %v", e, err)
		}
		if !e.Catalog[0].Made || e.Catalog[1].Made {
			t.Errorf("the record says %+v", e.Catalog)
		}
		o.failing = ""
		if e, err = o.apply(t, w, deploytest.Job(first)); err != nil || e.Action != journal.Launch || !slices.Equal(o.ran, []string{"1", "2"}) {
			t.Errorf("%+v, %v, ran %v", e, err, o.ran)
		}
	})
}

// TestCatalogChangeThatIsCutOff has the command die while a statement runs: nobody but
// it can go on, so the deployment ends and the statement runs again.
func TestCatalogChangeThatIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, o := deploytest.New(t), &outside{}
		a := o.on(w.Applier())
		s := assess(t, a, deploytest.Job(first))
		ctx, cancel := context.WithCancel(t.Context())
		inner := a.Change
		a.Change = func(ctx context.Context, r apply.Request, each func(change.CatalogChange, func() error) error) error {
			return inner(ctx, r, func(c change.CatalogChange, run func() error) error {
				return each(c, func() error {
					if c.ID == "2" {
						cancel()
						return ctx.Err()
					}
					return run()
				})
			})
		}
		if _, err := a.ChangeCatalogs(ctx, s); err == nil {
			t.Fatal("no error")
		}
		if e := w.Record(); e.Phase != journal.Changing {
			t.Fatalf("left at %s", e.Phase)
		}
		e, err := w.Applier().Continue(t.Context(), deploytest.Name)
		if err != nil || e.Phase != journal.Committed || e.Problem == "" {
			t.Fatalf("continued: %+v, %v", e, err)
		}
		if e, err = o.apply(t, w, deploytest.Job(first)); err != nil || !slices.Equal(o.ran, []string{"1", "2"}) || len(w.Target.Started()) != 1 {
			t.Errorf("%+v, %v, ran %v", e, err, o.ran)
		}
	})
}
