package cmd

import (
	"errors"
	"strings"
	"testing"

	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/journal"
)

func TestShortened(t *testing.T) {
	long := strings.Repeat("ab", 100)
	for name, c := range map[string]struct{ value, other, want string }{
		"short":               {"a", long, "a"},
		"as long as may be":   {long[:maxValue], long, long[:maxValue]},
		"nothing before it":   {long, "", long[:maxValue-1] + "…"},
		"it differs late":     {long + "x", long + "y", "…" + long[:20] + "x"},
		"it differs at once":  {long, "b" + long, long[:maxValue-1] + "…"},
		"it only goes on":     {long, long[:150], "…" + long[130:]},
		"the other goes on":   {long, long + "x", "…" + long[:20]},
		"late, then too long": {long + "x" + long, long + "y", "…" + long[:20] + "x" + long[:maxValue-23] + "…"},
	} {
		if got := shortened(c.value, c.other); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Where a job was started from is said as it was, not as it was meant.
func TestStartsFrom(t *testing.T) {
	const dir = "savepoints/orders/1/1-aa/"
	for name, c := range map[string]struct {
		from      change.From
		savepoint *journal.Savepoint
		want      string
	}{
		"a savepoint":         {change.FromSavepoint, &journal.Savepoint{Directory: dir, Location: "s3://b/p/" + dir + "savepoint-1"}, "starts from: its savepoint\n"},
		"it keeps failing":    {change.FromSavepoint, &journal.Savepoint{Directory: dir, GivenUp: "the running job is RESTARTING", Location: "s3://b/p/checkpoints/orders/1/aa/chk-7"}, "starts from: its newest checkpoint\n  warning: no savepoint was taken: the running job is RESTARTING\n"},
		"a newer checkpoint":  {change.FromSavepoint, &journal.Savepoint{Directory: dir, Location: "s3://b/p/checkpoints/orders/1/aa/chk-7"}, "starts from: its newest checkpoint\n"},
		"nothing yet":         {change.FromSavepoint, &journal.Savepoint{Directory: dir}, "starts from: its savepoint\n"},
		"a former savepoint":  {change.FromNewest, &journal.Savepoint{Directory: dir, Location: "x"}, "starts from: newest state\n"},
		"never any savepoint": {change.FromSavepoint, nil, "starts from: its savepoint\n"},
	} {
		j := jobChange{Name: "orders", From: c.from}
		j.finish(&journal.Entry{Phase: journal.Committed, Savepoint: c.savepoint}, nil)
		var b strings.Builder
		j.details(&b, false)
		if got := b.String(); got != "  "+c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestNothingStarted: a change that failed before anything was started starts from nothing
// that could be named.
func TestNothingStarted(t *testing.T) {
	for launch, want := range map[uint64]string{
		3: "  problem: it would not be started\n",
		4: "  starts from: its savepoint\n  problem: it would not be started\n",
	} {
		j := jobChange{Name: "orders", From: change.FromSavepoint, before: 3}
		j.finish(&journal.Entry{Phase: journal.Failed, Launch: &journal.LaunchRef{Number: launch}}, errors.New("it would not be started"))
		var b strings.Builder
		j.details(&b, false)
		if got := b.String(); got != want {
			t.Errorf("launch %d: %q", launch, got)
		}
	}
}
