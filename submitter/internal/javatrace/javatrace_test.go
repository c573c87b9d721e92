package javatrace

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRoot(t *testing.T) {
	tests := map[string]struct {
		trace string
		want  Cause
	}{
		"nothing":  {"", Cause{}},
		"no trace": {"Not found: /nope", Cause{Message: "Not found: /nope"}},
		"one exception": {
			"java.lang.IllegalStateException: no\n\tat a.B.c(B.java:1)\n",
			Cause{Class: "IllegalStateException", Message: "no"},
		},
		"the last cause counts": {
			"<Exception on server side:\na.b.Outer: Failed.\n\tat a.B(C.java:1)\nCaused by: c.d.Inner: Column 'idx' not found\n\tat x.Y(Z)\n\t... 36 more\n\nEnd of exception on server side>",
			Cause{Class: "Inner", Message: "Column 'idx' not found"},
		},
		"wrapped classes": {
			"java.util.concurrent.CompletionException: org.apache.flink.CheckpointException: IO-problem detected.\n\tat a.B(C)",
			Cause{Class: "CheckpointException", Message: "IO-problem detected."},
		},
		"a class that is missing": {
			"java.lang.RuntimeException: a.b.Outer: no\n\tat a.B(C)\nCaused by: java.lang.ClassNotFoundException: org.acme.Missing\n\tat a.B(C)",
			Cause{Class: "ClassNotFoundException", Message: "org.acme.Missing"},
		},
		"a message of several lines": {
			"a.B: types do not match.\nCause: Incompatible types.\nQuery schema: [b]\n\tat a.B(C)\n",
			Cause{Class: "B", Message: "types do not match.", More: []string{"Cause: Incompatible types.", "Query schema: [b]"}},
		},
		"a root without a message": {
			"a.B: could not load the function\n\tat a.B(C)\nCaused by: java.lang.NullPointerException\n\tat a.B(C)\n",
			Cause{Class: "NullPointerException", Message: "could not load the function"},
		},
		"no message at all": {
			"java.lang.NullPointerException\n\tat a.B(C)\n",
			Cause{Class: "NullPointerException", Message: "NullPointerException"},
		},
		"suppressed exceptions are no causes": {
			"a.B: one\n\tat a.B(C)\n\tSuppressed: a.C: two\n\t\tat a.B(C)\nCaused by: a.D: three\n",
			Cause{Class: "D", Message: "three"},
		},
		"nested class": {"a.B$C: x", Cause{Class: "B$C", Message: "x"}},
		"a URL is no class": {
			"a.B: http://h/x: refused", Cause{Class: "B", Message: "http://h/x: refused"},
		},
		"CRLF": {"a.B: x\r\n\tat y.Z(Q)\r\nCaused by: c.D: y\r\n", Cause{Class: "D", Message: "y"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Root(Chain(tt.trace))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOneLine(t *testing.T) {
	for trace, want := range map[string]string{
		"":  "",
		"x": "x",
		"a.Outer: Could not load it\nCaused by: java.lang.ClassNotFoundException: rockdb\n\tat a.B": "ClassNotFoundException: rockdb",
		"java.lang.OutOfMemoryError: Metaspace\n\tat a.B":                                           "OutOfMemoryError: Metaspace",
		"a.B: no room": "no room",
		"io.fabric8.kubernetes.client.KubernetesClientException: Failure executing: POST at: https://h/pods. Message: pods is forbidden. Received status: Status(apiVersion=v1, code=403).": "Failure executing: POST at: https://h/pods. Message: pods is forbidden.",
		"a.B: could not\nCaused by: c.D: null": "could not",
		"java.lang.NullPointerException":       "NullPointerException",
	} {
		if got := OneLine(trace); got != want {
			t.Errorf("%q: %q, want %q", trace, got, want)
		}
	}
}

func FuzzRoot(f *testing.F) {
	f.Add("a.B: x\n\tat y.Z(Q)\nCaused by: c.D: y\n... 3 more")
	f.Add(strings.Repeat(causedBy+"a.B\n", 100))
	f.Fuzz(func(t *testing.T, s string) {
		if m := OneLine(s); strings.Contains(m, "\n") {
			t.Errorf("more than one line: %q", m)
		}
	})
}
