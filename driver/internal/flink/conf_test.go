package flink

import (
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

func TestConfIsFlattened(t *testing.T) {
	c, err := ParseConf([]byte("a:\n  b: 1\n  c: [x, \"y z\"]\n  d: &d {e: 'f'}\n  g: *d\na.b: 2\nlong: |\n  two\n  lines\nempty:\n"))
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"a.b": "2", "a.c": `[x, "y z"]`, "a.d.e": "f", "a.g.e": "f", "long": "two\nlines\n", "empty": ""} {
		if got, ok := c.Get(key); !ok || got != want {
			t.Errorf("%s is %q, %v, want %q", key, got, ok, want)
		}
	}
	for _, bad := range []string{"- a", "a", "a: 1\na: 2", "a: {", "? [x]\n: y", "a: 1\n---\nb: 2", strings.Repeat("{a: ", 10_000)} {
		if _, err := ParseConf([]byte(bad)); err == nil {
			t.Errorf("%.20q is accepted", bad)
		}
	}
}

// nasty are values that YAML takes for something else if they are not quoted.
var nasty = []string{
	"", " ", "x ", " x", "true", "NO", "null", "~", "1", "0x10", "1e3", ".5", "1_000", "12:30", "2001-01-01", "a: b", "a #b", "# a", "- a", "[a", "{a}", "*a", "&a", "!a", "%a", "@a", "`a",
	"'", `"`, `\`, "a\nb", "\n", " \n a", "a\tb", "\u0085", "\u2028", "\ufeff", "ü", "😀", "\x01", "=", "<<", "a\r\nb", "${x}", "'a': b", "|", ">", "?", "-", "---", "...",
}

func TestValuesSurvive(t *testing.T) {
	c := NewConf()
	for i, v := range nasty {
		c.Set("k"+string(rune('A'+i)), v)
	}
	data, err := c.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseConf(data)
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	for i, v := range nasty {
		if got, _ := again.Get("k" + string(rune('A'+i))); got != v {
			t.Errorf("%q came back as %q", v, got)
		}
	}
}

func FuzzConf(f *testing.F) {
	f.Add([]byte("a: {b: [1, 2]}\n"), "k", "v")
	for _, v := range nasty {
		f.Add([]byte("a: b"), "x.y", v)
	}
	f.Fuzz(func(t *testing.T, data []byte, key, value string) {
		c, err := ParseConf(data)
		if err != nil {
			return
		}
		if key == "" || !printable(key) || !printable(value) {
			return // YAML has no way to write it
		}
		c.Set(key, value)
		out, err := c.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseConf(out)
		if err != nil {
			t.Fatalf("%v\n%q", err, out)
		}
		if got, _ := again.Get(key); got != value {
			t.Errorf("%q came back as %q in %q", value, got, out)
		}
	})
}

func printable(s string) bool {
	var back string
	out, err := yaml.Marshal(s)
	return err == nil && yaml.Unmarshal(out, &back) == nil && back == s && strings.ToValidUTF8(s, "") == s
}

func TestScriptQuoting(t *testing.T) {
	got, err := Script{Restore: Restore{Path: "s3://b/it's"}, Jars: []string{"/a'b.jar"}, Init: []string{" USE x ; ;\n", "SELECT 1 -- end"}, Plan: "/p'.json"}.Text()
	want := "SET 'execution.state-recovery.path' = 's3://b/it''s';\nSET 'execution.state-recovery.claim-mode' = 'NO_CLAIM';\nSET 'execution.state-recovery.ignore-unclaimed-state' = 'false';\n" +
		"ADD JAR '/a''b.jar';\nUSE x\n;\nSELECT 1 -- end\n;\nEXECUTE PLAN '/p''.json';\n"
	if err != nil || got != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
	if _, err := (Script{Plan: "a\x00"}).Text(); err == nil {
		t.Error("a NUL is accepted")
	}
}

func TestTuningLeavesChoicesAlone(t *testing.T) {
	for _, c := range []struct {
		role Role
		heap int64
		opts string
		want string
	}{
		{JobManager, 512 * mib, "", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"},
		{JobManager, 4096 * mib, "", ""},
		{JobManager, 512 * mib, "-XX:+UseZGC -XX:TieredStopAtLevel=3", ""},
		{JobManager, 512 * mib, "-XX:+UseG1GC", "-XX:TieredStopAtLevel=1"},
		{TaskManager, 512 * mib, "", ""},
	} {
		if got := strings.Join(tuning(c.role, c.heap, "", strings.Fields(c.opts), nil), " "); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}
