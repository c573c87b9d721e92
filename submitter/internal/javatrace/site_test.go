package javatrace

import "testing"

func TestSite(t *testing.T) {
	const wrapped = "java.lang.RuntimeException: task failed\n\tat org.acme.Task.run(Task.java:1)\nCaused by: java.lang.NumberFormatException: For input string: "
	for name, c := range map[string]struct{ trace, want string }{
		"nothing":             {"", ""},
		"no trace":            {"Not found: /nope", "Not found: /nope"},
		"one exception":       {"java.lang.IllegalStateException: no\n\tat a.B.c(B.java:1)\n\tat a.B.d(B.java:2)", "IllegalStateException a.B.c"},
		"the last cause":      {wrapped + "'x1'. Invalid.\n\tat o.B.toInt(B.java:10)\n\tat o.C.d(C.java:3)\n\t... 3 more", "NumberFormatException o.B.toInt"},
		"another value":       {wrapped + "'x-22'\nof a row\n\tat o.B.toInt(B.java:11)\n", "NumberFormatException o.B.toInt"},
		"a suppressed one":    {"a.B: x\n\tat a.B.c(B.java:1)\n\tSuppressed: a.D: y\n\t\tat a.D.e(D.java:1)", "B a.B.c"},
		"without a message":   {"a.B: x\n\tat a.B.c(B.java:1)\nCaused by: java.lang.NullPointerException\n\tat a.D.e(D.java:1)", "NullPointerException a.D.e"},
		"without frames":      {"java.lang.NullPointerException", "NullPointerException"},
		"by Flink's REST API": {"<Exception on server side:\na.b.Outer: Failed.\n\tat a.B(C.java:1)\nCaused by: c.d.Inner: no\n\tat x.Y(Z)\n\nEnd of exception on server side>", "Inner x.Y"},
	} {
		if got := Site(c.trace); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
