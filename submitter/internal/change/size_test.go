package change_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"flink-sql-driver/plan/compat"
	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/journal"
)

// TestSizes: what is asked for of processes is told with its values; what was not asked for
// has none.
func TestSizes(t *testing.T) {
	old := &journal.Release{Inputs: map[string]string{}, JobManager: journal.Size{CPU: 0.5}, TaskManager: journal.Size{Memory: "1600m", Slots: 2, Replicas: 1}}
	wanted := &journal.Release{Inputs: map[string]string{"job-manager": "new", "task-manager": "new"}, JobManager: journal.Size{CPU: 1}, TaskManager: journal.Size{Memory: "2g", Replicas: 3}}
	got := change.Compare(old, release.Config{}, wanted, release.Config{}, true, compat.Verdict{Job: compat.Full})
	want := []change.Item{
		{What: "job-manager.cpu", Old: "0.5", New: "1", Effect: "restart"},
		{What: "task-manager.memory", Old: "1600m", New: "2g", Effect: "restart"},
		{What: "task-manager.slots", Old: "2", Effect: "restart"},
		{What: "task-manager.replicas", Old: "1", New: "3", Effect: "restart"},
	}
	if diff := cmp.Diff(want, got.Items); diff != "" {
		t.Error(diff)
	}
}
