package apply_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// TestUnnamed: whom nobody names any more, by what was loaded and by what is still there.
func TestUnnamed(t *testing.T) {
	job := func(name, file string) *manifest.Job { return &manifest.Job{Name: name, File: file} }
	for name, c := range map[string]struct {
		change func(*journal.Entry) // of the record of old, applied from jobs/old.yaml
		jobs   []*manifest.Job
		there  bool // jobs/old.yaml
		want   []apply.Unnamed
	}{
		"its name was changed":        {nil, []*manifest.Job{job("new", "jobs/old.yaml")}, true, []apply.Unnamed{{Name: "old", File: "jobs/old.yaml", Names: []string{"new"}}}},
		"of several in one file":      {nil, []*manifest.Job{job("a", "jobs/old.yaml"), job("b", "jobs/old.yaml")}, true, []apply.Unnamed{{Name: "old", File: "jobs/old.yaml", Names: []string{"a", "b"}}}},
		"name and file were changed":  {nil, []*manifest.Job{job("new", "jobs/new.yaml")}, false, []apply.Unnamed{{Name: "old", File: "jobs/old.yaml"}}},
		"its file was deleted":        {nil, []*manifest.Job{job("other", "jobs/other.yaml")}, false, []apply.Unnamed{{Name: "old", File: "jobs/old.yaml"}}},
		"only its file was renamed":   {nil, []*manifest.Job{job("old", "jobs/new.yaml")}, false, nil},
		"it is named":                 {nil, []*manifest.Job{job("old", "jobs/old.yaml")}, true, nil},
		"its file was not asked for":  {nil, []*manifest.Job{job("other", "jobs/other.yaml")}, true, nil},
		"another folder":              {nil, []*manifest.Job{job("other", "more/other.yaml")}, false, nil},
		"standard input":              {nil, []*manifest.Job{job("other", "")}, false, nil},
		"it is another owner's":       {func(e *journal.Entry) { e.Owner = "others" }, []*manifest.Job{job("new", "jobs/old.yaml")}, true, nil},
		"it was stopped":              {func(e *journal.Entry) { e.State = "suspended" }, []*manifest.Job{job("new", "jobs/old.yaml")}, true, nil},
		"it was deleted":              {func(e *journal.Entry) { e.Action = journal.Delete }, []*manifest.Job{job("new", "jobs/old.yaml")}, true, nil},
		"it was never launched":       {func(e *journal.Entry) { e.Launch = nil }, []*manifest.Job{job("new", "jobs/old.yaml")}, true, nil},
		"it has finished":             {func(e *journal.Entry) { e.Launch.Finished = true }, []*manifest.Job{job("new", "jobs/old.yaml")}, true, nil},
		"its file is not known":       {func(e *journal.Entry) { e.File = "" }, []*manifest.Job{job("new", "jobs/old.yaml")}, true, nil},
		"no manifest is there at all": {nil, nil, false, nil},
	} {
		launch := journal.LaunchRef{Number: 1}
		e := &journal.Entry{Name: "old", Owner: "team", State: "running", File: "jobs/old.yaml", Launch: &launch, Trusted: []journal.LaunchRef{launch}}
		if c.change != nil {
			c.change(e)
		}
		a := &apply.Applier{Policy: change.Policy{Owner: "team"}}
		got := a.Unnamed(apply.Records{ByName: map[string]*journal.Entry{"old": e}}, c.jobs, func(string) bool { return c.there })
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestFileIsRecorded with every deployment that a manifest begins, and stays with wishes
// by hand.
func TestFileIsRecorded(t *testing.T) {
	w := deploytest.New(t)
	a := w.Applier()
	a.FileOf = func(file string) string { return "jobs/" + file }
	if e, err := deploytest.Apply(t.Context(), a, deploytest.Job(first)); err != nil || e.File != "jobs/orders.yaml" {
		t.Errorf("%+v, %v", e, err)
	}
	if e, err := deploytest.Wish(t.Context(), w.Applier(), apply.Wish{State: manifest.Suspended}); err != nil || e.File != "jobs/orders.yaml" {
		t.Errorf("%+v, %v", e, err)
	}
}
