package deploy_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
)

// TestMangledEntries takes one field after the other out of every entry of a
// deployment and lets a command go on from it: it says what is wrong with the
// entry, or comes to an end; it never panics.
func TestMangledEntries(t *testing.T) {
	for _, name := range []string{"launch", "upgrade of a failing job", "rollback of a dead launch"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := stories()[name]
			for _, e := range entries(t, s) {
				for _, field := range fields(t, e) {
					t.Run(fmt.Sprintf("%d %s", e.Number, field), func(t *testing.T) { goOnWithout(t, s, e, field) })
				}
			}
		})
	}
}

// entries are those of a story, the final one left out.
func entries(t *testing.T, s story) (all []journal.Entry) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		s.before(w)
		a := w.Applier()
		a.Step = func(e journal.Entry) {
			if !e.Phase.Final() {
				all = append(all, e)
			}
		}
		_, _ = s.act(t.Context(), a)
	})
	return all
}

// fields are the names of what an entry holds besides texts.
func fields(t *testing.T, e journal.Entry) []string {
	var names []string
	for name, v := range object(t, e) {
		if _, text := v.(string); !text {
			names = append(names, name)
		}
	}
	return names
}

func object(t *testing.T, e journal.Entry) map[string]any {
	t.Helper()
	data, err := journal.Encode(&e)
	if err != nil {
		t.Fatal(err)
	}
	var o map[string]any
	if err := json.Unmarshal(data, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func goOnWithout(t *testing.T, s story, e journal.Entry, field string) {
	without := func(e journal.Entry) []byte {
		o := object(t, e)
		delete(o, field)
		data, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	if _, err := journal.Decode(without(e)); err != nil {
		if !strings.Contains(err.Error(), "field ") {
			t.Errorf("%v, want an error that names a field", err)
		}
		return
	}
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		s.before(w)
		run(w, e.Number, s.act)
		w.Put(fmt.Sprintf("journal/%s/%020d.json", deploytest.Name, e.Number), string(without(*w.Record())))
		_, _ = w.Applier().Continue(t.Context(), deploytest.Name)
	})
}
