package gateway

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestFlinkErrors(t *testing.T) {
	c, err := New("http://h", Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		trace string
		want  string
		more  int
		at    [4]int
	}{
		"validation": {
			"a.ValidationException: SQL validation failed. From line 1, column 8 to line 1, column 10: Column 'idx' not found in any table\n\tat x\n" +
				"Caused by: a.CalciteContextException: From line 1, column 8 to line 1, column 10: Column 'idx' not found in any table\n\tat x\n" +
				"Caused by: a.SqlValidatorException: Column 'idx' not found in any table\n\tat x\n",
			"Column 'idx' not found in any table (line 1, column 8)", 0, [4]int{1, 8, 1, 10},
		},
		"parser": {
			"a.SqlParserException: SQL parse failed. Encountered \",\" at line 3, column 10.\nWas expecting one of:\n    \"ABS\" ...\n\tat x\n" +
				"Caused by: a.ParseException: Encountered \",\" at line 3, column 10.\nWas expecting one of:\n    \"ABS\" ...\n\tat x\n",
			"Encountered \",\" (line 3, column 10)", 0, [4]int{3, 10, 3, 10},
		},
		"position in the middle of a sentence": {
			"a.B: A column with the same name `a` has been defined at line 1, column 36.\n",
			"A column with the same name `a` has been defined (line 1, column 36)", 0, [4]int{1, 36, 1, 36},
		},
		"one point": {
			"a.B: SQL validation failed. SQL validation failed. At line 1, column 65: Unknown target column 'c'\n",
			"Unknown target column 'c' (line 1, column 65)", 0, [4]int{1, 65, 1, 65},
		},
		"no position, several lines": {
			"a.B: Column types do not match.\nCause: Incompatible types.\nQuery schema: [a]\n\tat x\n",
			"Column types do not match.", 2, [4]int{},
		},
		"the root has no position, the middle has": {
			"a.A: x\nCaused by: a.B: From line 2, column 3 to line 4, column 5: y\nCaused by: java.lang.NullPointerException\n",
			"NullPointerException: y (line 2, column 3)", 0, [4]int{2, 3, 4, 5},
		},
		"absurd position": {"a.B: At line 99999999999999999999, column 1: y z\n", "y z", 0, [4]int{0, 1, 0, 1}},
		"empty":           {"", "Flink gives no reason", 0, [4]int{}},
	} {
		t.Run(name, func(t *testing.T) {
			e := c.flinkError("x", 500, tt.trace)
			if want := []string{"ABS"}; name == "parser" && !slices.Equal(e.Expected, want) {
				t.Errorf("expected %q, want %q", e.Expected, want)
			}
			if e.Kind != SQL || e.Error() != tt.want || len(e.More) != tt.more || e.Trace != tt.trace {
				t.Errorf("got %s %q %q", e.Kind, e.Error(), e.More)
			}
			if got := [4]int{e.Line, e.Column, e.EndLine, e.EndColumn}; got != tt.at {
				t.Errorf("at %v, want %v", got, tt.at)
			}
		})
	}
}

func FuzzFlinkError(f *testing.F) {
	f.Add("a.B: From line 1, column 2 to line 3, column 4: x at line 5, column 6.\n\tat x\nCaused by: y")
	f.Add("Session 'x' does not exist.")
	c, err := New("http://h", Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, trace string) {
		e := c.flinkError("x", 500, trace)
		if strings.Contains(e.Error(), "\n") || e.Error() == "" || !errors.As(error(e), &e) {
			t.Errorf("%q", e.Error())
		}
	})
}
