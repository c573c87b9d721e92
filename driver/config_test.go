package main

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flink-sql-driver/driver/internal/flink"
)

func TestOptionsAreReadInOrder(t *testing.T) {
	w := newWorld(t)
	w.file("flink/conf/config.yaml", "sql-driver:\n  work-dir: conf\n  private-dir: conf\n  instance: conf\n", 0o644)
	d := &driver{env: flink.Env{"FLINK_PROPERTIES=sql-driver.work-dir: env\n# no: comment\n\n sql-driver.private-dir:env : x \n"}}
	o, err := d.readOptions(flink.Installation{Conf: filepath.Join(w.home, "conf")}, []string{"-Dsql-driver.work-dir=first", "-D", "sql-driver.work-dir=arg"})
	if err != nil {
		t.Fatal(err)
	}
	if s := o.settings; s.workDir != "arg" || s.privateDir != "env : x" || s.instance != "conf" {
		t.Errorf("%+v", s)
	}
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{"": time.Hour, "5": 5 * time.Millisecond, "90 s": 90 * time.Second, "10min": 10 * time.Minute, "2 H": 2 * time.Hour, "1 d": 24 * time.Hour} {
		if got, err := parseDuration(text, time.Hour); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"x", "-1 s", "1 fortnight", "1.5 s", "999999999999 d", "s"} {
		if got, err := parseDuration(text, 0); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestShellWords(t *testing.T) {
	for text, want := range map[string][]string{
		"kubernetes-taskmanager.sh -Da='b c' -D x=\"y z\" ''": {"kubernetes-taskmanager.sh", "-Da=b c", "-D", "x=y z", ""},
		"  a\tb ": {"a", "b"},
		"a=b~c#d": {"a=b~c#d"},
	} {
		if got, ok := shellWords(text); !ok || cmp.Diff(want, got) != "" {
			t.Errorf("%q: %q %v", text, got, ok)
		}
	}
	for _, text := range []string{"a; b", "a $B", "a `b`", `a "x$y"`, "a 'b", "a > b", "~/a", "#x", "a\nb", "a && b", "a *"} {
		if got, ok := shellWords(text); ok {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func TestPlainText(t *testing.T) {
	for _, text := range []string{"short", "a\x00b\x1bc\nd", "\xff\xfe", strings.Repeat("ü", 5000)} {
		got := plainText(text, 100)
		if len(got) > 100 || strings.ContainsAny(got, "\x00\x1b\xff") {
			t.Errorf("%q", got)
		}
	}
}

func FuzzConfig(f *testing.F) {
	f.Add([]byte(`{"version":1,"run":{"plan":{}}}`), "/p.json")
	f.Add([]byte(`{"version":1,"run":{"script":{"uri":"x"}},"resources":[{"name":"a","kind":"jar","uri":"u"}]}`), "")
	f.Fuzz(func(t *testing.T, data []byte, plan string) {
		c, err := decodeConfig(data, plan)
		if err != nil {
			if code := exitCode(err); code != exitUsage && code != exitLocalize {
				t.Errorf("exit code %d", code)
			}
			return
		}
		if runFile(c.Run) == nil {
			t.Error("nothing to run")
		}
	})
}

func FuzzOptions(f *testing.F) {
	f.Add("a: b\nsql-driver:\n  stock-start: true\n", "x: y", "-Da=b")
	f.Add("'$internal.sql-gateway.driver.sql-config': /c#sha256=00", "sql-driver.standby-timeout: 5 min", "-D")
	f.Fuzz(func(t *testing.T, yaml, properties, arg string) {
		conf, err := flink.ParseConf([]byte(yaml))
		if err != nil {
			return
		}
		o := options{args: flink.DynamicOptions([]string{arg, arg}), env: flink.PropertiesFrom(properties), conf: conf}
		if o.settings, err = readSettings(o, o.keys()); err != nil {
			var u *usageError
			if !errors.As(err, &u) {
				t.Errorf("%v is no usage error", err)
			}
		}
		_ = checkArguments(flink.StandaloneJob, []string{arg, arg})
		_, _ = shellWords(arg)
	})
}
