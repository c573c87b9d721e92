package savepoint_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/savepoint"
)

// update records the savepoints that TestRealFlink takes:
//
//	FLINK_HOME=… go test ./plan/savepoint -update
var update = flag.Bool("update", false, "record testdata/* on the Flink in $FLINK_HOME")

func recorded(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/*_metadata")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded savepoints: %v", err)
	}
	all := map[string][]byte{}
	for _, f := range files {
		if all[filepath.Base(f)], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestRecordedSavepoints(t *testing.T) {
	for name, data := range recorded(t) {
		s, err := savepoint.Parse(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := json.MarshalIndent(s, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", strings.TrimSuffix(name, "_metadata")+".json")
		if *update {
			if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if string(got)+"\n" != string(want) {
			t.Errorf("%s:\n%s", name, got)
		}
		for _, o := range s.Operators {
			if o.UID != "" && plan.OperatorID(o.UID) != o.ID {
				t.Errorf("%s: operator %s has the id %s, computed is %s", name, o.UID, o.ID, plan.OperatorID(o.UID))
			}
		}
	}
}

// A savepoint that is cut off anywhere must not pass for a whole one.
func TestCutOff(t *testing.T) {
	for name, data := range recorded(t) {
		for n := range data {
			if s, err := savepoint.Parse(data[:n]); err == nil {
				t.Fatalf("%s: the first %d of %d bytes were taken: %+v", name, n, len(data), s)
			}
		}
		if _, err := savepoint.Parse(append(slices.Clone(data), 0)); err == nil {
			t.Errorf("%s: a byte too many was taken", name)
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                 "it is empty",
		"{}":               "cut off",
		"<html></html>":    "not a _metadata file",
		"\x49\x60\x67\x2d": "cut off",
		"\x49\x60\x67\x2d\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x01":                 "version 2; versions 3 to 6 are read",
		"\x49\x60\x67\x2d\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x01":                 "version 7",
		"\x49\x60\x67\x2d\x00\x00\x00\x06\xff\x00\x00\x00\x00\x00\x00\x01":                 "negative checkpoint id",
		"\x49\x60\x67\x2d\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00\x01\x7f\xff\xff\xff": "there should be 2147483647 master states",
		"\x49\x60\x67\x2d\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00\x01\xff\xff\xff\xff": "negative number of master states",
	} {
		if s, err := savepoint.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %+v, %v; want %q", text, s, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, data := range recorded(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := savepoint.Parse(data)
		if err == nil && s == nil {
			t.Fatal("neither savepoint nor error")
		}
		if err == nil {
			if _, err := json.Marshal(s); err != nil {
				t.Fatal(err)
			}
			_ = fmt.Sprint(s)
		}
	})
}

// A savepoint says whether the job was to end with it.
func TestStop(t *testing.T) {
	for name, data := range recorded(t) {
		for action, stops := range map[string]bool{"NONE": false, "SUSPEND": true, "TERMINATE": true} {
			value := fmt.Sprintf("\x00%c%s", len(action), action)
			s, err := savepoint.Parse([]byte(strings.Replace(string(data), "\x00\x04NONE", value, 1)))
			if err != nil {
				t.Fatal(err)
			}
			if want := stops && strings.HasPrefix(name, "savepoint"); s.Stop != want {
				t.Errorf("%s, %s: %v", name, action, s.Stop)
			}
		}
	}
}
