package journal_test

import (
	"encoding/json"
	"strings"
	"testing"

	"flink-sql-driver/submitter/internal/journal"
)

func TestDecodeRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, problem string }{
		"empty":            {``, "it is empty"},
		"zeroes":           {"\x00\x00\x00\x00", "it is no journal entry"},
		"not an object":    {`[]`, "it is no journal entry"},
		"null":             {`null`, "field version is missing"},
		"truncated":        {`{"version":1,"number":1`, "it is truncated"},
		"two":              {`{"version":1}{"version":1}`, "it is no journal entry"},
		"newer version":    {`{"version":2,"number":1,"name":"a","phase":"committed","shiny":1}`, "format version 2, this program knows 1; use the newer submitter"},
		"unknown field":    {`{"version":1,"number":1,"name":"a","phase":"committed","shiny":1}`, `unknown field "shiny"`},
		"no version":       {`{"number":1,"name":"a","phase":"committed"}`, "field version is missing"},
		"no number":        {`{"version":1,"name":"a","phase":"committed"}`, "field number is missing"},
		"no phase":         {`{"version":1,"number":1,"name":"a"}`, `field phase: "" is unknown`},
		"unknown phase":    {`{"version":1,"number":1,"name":"a","phase":"dreaming"}`, `field phase: "dreaming" is unknown; use the newer submitter`},
		"unknown action":   {`{"version":1,"number":1,"name":"a","phase":"committed","action":"sing"}`, `field action: "sing" is unknown`},
		"number is a text": {`{"version":1,"number":"1","name":"a","phase":"committed"}`, "not readable by this version"},
	} {
		t.Run(name, func(t *testing.T) {
			if e, err := journal.Decode([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.problem) {
				t.Errorf("%+v, %v, want an error with %q", e, err, c.problem)
			}
		})
	}
}

// at is the full entry in a phase, with what it has there and its faults.
func at(p journal.Phase, faults ...func(*journal.Entry)) *journal.Entry {
	e := full()
	e.Phase = p
	switch p {
	case journal.Stopping, journal.Stopped:
		e.Savepoint.Launch = e.Launch.Number
	case journal.RollingBack:
		e.Next = nil
	}
	for _, f := range faults {
		f(e)
	}
	return e
}

func TestDecodeWantsWhatThePhaseNeeds(t *testing.T) {
	noSettings := func(e *journal.Entry) { e.Settings = nil }
	noNext := func(e *journal.Entry) { e.Next = nil }
	noLaunch := func(e *journal.Entry) { e.Launch, e.Release = nil, nil }
	for _, c := range []struct {
		entry   *journal.Entry
		problem string
	}{
		{at(journal.Compiled), ""},
		{at(journal.Compiled, noSettings), "field settings is missing"},
		{at(journal.Compiled, noNext), "field next is missing"},
		{at(journal.Published, noLaunch), "field launch is missing"},
		{at(journal.Published, noLaunch, func(e *journal.Entry) { e.Action = journal.Launch }), ""},
		{at(journal.Published, func(e *journal.Entry) { e.Action = journal.Cancel }), `field action: "cancel" never is in phase published`},
		{at(journal.Published, func(e *journal.Entry) { e.Next.Release.Digest = "" }), "field next.release.digest is missing"},
		{at(journal.Published, func(e *journal.Entry) { e.Next.Launch.Number = 9 }), "field next.launch.number: it is 9, above lastLaunch 2"},
		{at(journal.Stopping), ""},
		{at(journal.Stopping, noLaunch), "field launch is missing"},
		{at(journal.Stopping, func(e *journal.Entry) { e.Release = nil }), "field release is missing"},
		{at(journal.Stopping, func(e *journal.Entry) { e.Launch.JobID = "" }), "field launch.jobId is missing"},
		{at(journal.Stopping, func(e *journal.Entry) { e.Savepoint = nil }), "field savepoint is missing"},
		{at(journal.Stopping, func(e *journal.Entry) { e.Savepoint.TriggerID = "" }), "field savepoint.triggerId is missing"},
		{at(journal.Stopping, func(e *journal.Entry) { e.Savepoint.Directory = "savepoints/others/1/" }), "is not below savepoints/orders/"},
		{at(journal.Stopping, func(e *journal.Entry) { e.Savepoint.Launch = 1 }), "field savepoint.launch: it is 1, and launch.number is 2"},
		{at(journal.Stopping, noSettings), "field settings is missing"},
		{at(journal.Stopping, func(e *journal.Entry) { e.Settings.SavepointSeconds = -1 }), "field settings.savepointSeconds: -1"},
		{at(journal.Stopping, noNext), "field next is missing"},
		{at(journal.Stopping, noNext, func(e *journal.Entry) { e.Action = journal.Suspend }), ""},
		{at(journal.Stopping, noNext, func(e *journal.Entry) { e.Action, e.Savepoint = journal.Cancel, nil }), ""},
		{at(journal.Stopped, func(e *journal.Entry) { e.Savepoint.Location, e.Next.Clean = "", false }), "field savepoint.location is missing"},
		{at(journal.Decided), ""},
		{at(journal.Decided, noLaunch), "field launch is missing"},
		{at(journal.Decided, noNext), "field next is missing"},
		{at(journal.Decided, func(e *journal.Entry) { e.Previous = nil }), "field previous is missing"},
		{at(journal.Decided, func(e *journal.Entry) { e.Settings.HealthSeconds = 1 << 40 }), "field settings.healthSeconds"},
		{at(journal.Decided, func(e *journal.Entry) { e.Next.Launch.Number = 1 }), "field next.launch.number: it is 1, and launch.number is 2"},
		{at(journal.Running, noSettings), "field settings is missing"},
		{at(journal.Healthy, noLaunch), "field launch is missing"},
		{at(journal.Healthy, noLaunch, noNext), ""},
		{at(journal.Aborting, noLaunch), "field launch is missing"},
		{at(journal.RollingBack), ""},
		{at(journal.RollingBack, func(e *journal.Entry) { e.Previous = nil }), "field previous is missing"},
		{at(journal.RollingBack, func(e *journal.Entry) { e.Savepoint = nil }), "field savepoint is missing"},
		{at(journal.Committed, noSettings, noNext, noLaunch), ""},
		{at(journal.Committed, func(e *journal.Entry) { e.Release = nil }), "field release is missing"},
		{at(journal.Committed, func(e *journal.Entry) { e.Trusted[0].ClusterID = "" }), "field trusted[0].clusterId is missing"},
		{at(journal.Committed, func(e *journal.Entry) { e.Holder.Nonce = "" }), "field holder.nonce is missing"},
	} {
		data, err := journal.Encode(c.entry)
		if err != nil {
			t.Fatal(err)
		}
		_, err = journal.Decode(data)
		if (err == nil) != (c.problem == "") || err != nil && !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%s: %v, want %q", c.entry.Phase, err, c.problem)
		}
		m := newMemory()
		if _, err := journal.New(m).Take(t.Context(), c.entry); c.problem != "" && (err == nil || !strings.HasPrefix(err.Error(), "journal entry journal/orders/00000000000000000007.json: ") || len(m.objects) > 0) {
			t.Errorf("%s: an entry that nobody could go on from was written, or refused with %v", c.entry.Phase, err)
		}
	}
}

// TestDamagedEntry: nobody goes on from an entry that cannot be read, and nothing
// is written over it or above it.
func TestDamagedEntry(t *testing.T) {
	const k = "journal/orders/00000000000000000002.json"
	for name, text := range map[string]string{
		"empty": "", "truncated": `{"version": 1, "num`, "binary": "\x00\x01", "newer": `{"version": 2}`,
		"of another job": string(encoded(entry("others", 2, journal.Compiled))),
	} {
		t.Run(name, func(t *testing.T) {
			m, j, h := taken(t)
			defer h.Release()
			m.objects[k] = text
			err := h.Append(func(e *journal.Entry) { e.Phase = journal.Published })
			if err == nil {
				t.Error("the holder appended")
			}
			var w journal.Watch
			_, _, look := j.Look(t.Context(), "orders", &w)
			records, unreadable, err := j.All(t.Context(), "id")
			if err != nil || len(records) != 0 {
				t.Errorf("%v, %v", records, err)
			}
			for _, err := range []error{look, unreadable["orders"]} {
				if err == nil || !strings.Contains(err.Error(), "journal entry "+k) {
					t.Errorf("%v, want an error that names %s", err, k)
				}
			}
			if m.objects[k] != text || m.objects["journal/index.json"] != "" {
				t.Errorf("something was written: %q", m.objects)
			}
		})
	}
}

// taken is a journal with one entry.
func taken(t *testing.T) (*memory, *journal.Journal, *journal.Hold) {
	t.Helper()
	m := newMemory()
	j := journal.New(m)
	h, err := j.Take(t.Context(), entry("orders", 1, journal.Compiled))
	if err != nil {
		t.Fatal(err)
	}
	return m, j, h
}

func encoded(e *journal.Entry) []byte {
	data, err := journal.Encode(e)
	if err != nil {
		panic(err)
	}
	return data
}

// TestIndexThatLies: what the index says is not believed where it can be told, and
// looked up before anything is done.
func TestIndexThatLies(t *testing.T) {
	for name, c := range map[string]struct {
		lie    func(index string) string
		caught bool // only by Take
	}{
		"not JSON":        {func(string) string { return "{" }, false},
		"another version": {func(s string) string { return strings.Replace(s, `"version":1,"bucket"`, `"version":2,"bucket"`, 1) }, false},
		"another number":  {func(s string) string { return strings.Replace(s, `"number":1`, `"number":2`, 1) }, false},
		"another name":    {func(s string) string { return strings.Replace(s, `"name":"orders"`, `"name":"others"`, 1) }, false},
		"no settings":     {func(s string) string { return strings.Replace(s, `"settings"`, `"sittings"`, 1) }, false},
		"no entries":      {func(string) string { return `{"version":1,"bucket":"id","entries":{"orders":null}}` }, false},
		"another content": {func(s string) string { return strings.Replace(s, `"owner":"default"`, `"owner":"somebody"`, 1) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			m, j, h := taken(t)
			h.Release()
			if _, _, err := j.All(t.Context(), "id"); err != nil {
				t.Fatal(err)
			}
			const k = "journal/index.json"
			lie := c.lie(m.objects[k])
			if lie == m.objects[k] {
				t.Fatalf("no lie in %s", lie)
			}
			m.objects[k] = lie
			records, _, err := j.All(t.Context(), "id")
			if err != nil || records["orders"] == nil {
				t.Fatalf("%v, %v", records, err)
			}
			next := *records["orders"]
			next.Number++
			h, err = j.Take(t.Context(), &next)
			if c.caught {
				if err == nil || !strings.Contains(err.Error(), "journal/index.json says otherwise than journal/orders/00000000000000000001.json") || m.objects[k] != "" || len(m.objects) != 2 {
					t.Errorf("%v; the bucket holds %q", err, m.objects)
				}
				if records, _, err = j.All(t.Context(), "id"); err != nil {
					t.Fatal(err)
				}
				next = *records["orders"]
				next.Number++
				h, err = j.Take(t.Context(), &next)
			}
			if err != nil {
				t.Fatal(err)
			}
			h.Release()
			if r := records["orders"]; r.Owner != "default" || r.Settings == nil {
				t.Errorf("%+v", r)
			}
		})
	}
}

// FuzzDecode: whatever is accepted is written and read back as it is.
func FuzzDecode(f *testing.F) {
	for _, p := range []journal.Phase{journal.Compiled, journal.Stopping, journal.Decided, journal.RollingBack, journal.Committed} {
		f.Add(encoded(at(p)))
	}
	f.Add(encoded(entry("orders", 1, journal.Failed)))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := journal.Decode(data)
		if err != nil {
			return
		}
		if e.Number == 0 || e.Name == "" || !json.Valid(data) || !e.Phase.Final() && e.Settings == nil {
			t.Errorf("accepted %q", data)
		}
		if _, err := journal.Decode(encoded(e)); err != nil {
			t.Errorf("accepted %q, but not what it is written as: %v", data, err)
		}
	})
}
