//go:build linux

package local

import (
	"encoding/json"
	"strings"
	"testing"

	"flink-sql-driver/submitter/internal/target"
)

// TestOtherDirectory: whoever shares the store, but not the directory, sees launches of
// the same machine as they are, and calls none of another machine gone.
func TestOtherDirectory(t *testing.T) {
	t.Parallel()
	one, two := fake(t), fake(t)
	l := asked("exec sleep 1000", "exec sleep 1000")
	var err error
	if l.Site, err = one.Site(t.Context()); err != nil {
		t.Fatal(err)
	}
	start(t, one, l)
	awaitCondition(t, two, l.Ref, target.Running)
	unsaid := l.Ref
	unsaid.Site = ""
	if o, err := two.Observe(t.Context(), unsaid); err != nil || o.Condition != target.Absent {
		t.Errorf("an old record: %+v, %v", o, err)
	}

	var far site
	if err := json.Unmarshal([]byte(l.Site), &far); err != nil {
		t.Fatal(err)
	}
	far.Host.Boot, far.Host.Name = "another", "elsewhere"
	data, err := json.Marshal(far)
	if err != nil {
		t.Fatal(err)
	}
	hidden := target.Ref{Name: "orders", Launch: 7, ClusterID: "orders-7", Site: string(data)}
	if o, err := one.Observe(t.Context(), hidden); err != nil || o.Condition != target.Unknown || !strings.Contains(o.Proof, "launched on elsewhere") {
		t.Errorf("another machine's: %+v, %v", o, err)
	}
	far.Host.Name = mustHost(t).Name // the same machine, started again since
	if data, err = json.Marshal(far); err != nil {
		t.Fatal(err)
	}
	hidden.Site = string(data)
	if o, err := one.Observe(t.Context(), hidden); err != nil || o.Condition != target.Absent {
		t.Errorf("before the machine was started again: %+v, %v", o, err)
	}

	if err := two.Remove(t.Context(), l.Ref); err != nil {
		t.Fatal(err)
	}
	awaitCondition(t, one, l.Ref, target.Absent)
}

func mustHost(t *testing.T) host {
	t.Helper()
	h, err := thisHost()
	if err != nil {
		t.Fatal(err)
	}
	return h
}
