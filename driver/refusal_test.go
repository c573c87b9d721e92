package main

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRefusals(t *testing.T) {
	small := strings.ReplaceAll(smallPlan, "${secret:CANARY}", "s")
	good := `{"version":1,"run":{"plan":{}}}`
	for name, c := range map[string]struct {
		plan, config string
		args         []string
		env          []string
		conf         string // appended to config.yaml
		code         int
		words        []string
	}{
		"no such plan":       {args: []string{"-D", planOption("/no/plan.json")}, code: 65, words: []string{"/no/plan.json"}},
		"plan is a dir":      {args: []string{"-D", planOption("/tmp")}, code: 65, words: []string{"not a regular file"}},
		"plan is a device":   {args: []string{"-D", planOption("/dev/zero")}, code: 65, words: []string{"not a regular file"}},
		"truncated plan":     {plan: small[:50], code: 65, words: []string{"is it whole?"}},
		"empty plan":         {plan: "{}", code: 65, words: []string{"not a compiled plan"}},
		"binary plan":        {plan: "\x00\xff\x1b", code: 65},
		"wrong plan":         {plan: small, config: `{"version":1,"run":{"plan":{"sha256":"` + digestOf("x") + `"}}}`, code: 65, words: []string{"SHA-256", digestOf("x"), digestOf(small)}},
		"short plan":         {plan: small, config: `{"version":1,"run":{"plan":{"size":9999}}}`, code: 65, words: []string{"9999"}},
		"truncated config":   {plan: small, config: good[:12], code: 65},
		"unknown field":      {plan: small, config: `{"version":1,"run":{"plan":{}},"jars":[]}`, code: 64, words: []string{`"jars"`}},
		"config version":     {plan: small, config: `{"version":2,"run":{"plan":{}}}`, code: 64, words: []string{"version 2"}},
		"nothing to run":     {plan: small, config: `{"version":1,"run":{}}`, code: 64, words: []string{"exactly one"}},
		"no plan anywhere":   {config: good, code: 64, words: []string{optPlan}},
		"python":             {plan: small, config: `{"version":1,"run":{"python":{}}}`, code: 64, words: []string{"not built yet"}},
		"resource twice":     {plan: small, config: `{"version":1,"run":{"plan":{}},"resources":[{"name":"a","kind":"jar","uri":"/a"},{"name":"a","kind":"jar","uri":"/b"}]}`, code: 64, words: []string{"twice"}},
		"resource leads out": {plan: small, config: `{"version":1,"run":{"plan":{}},"resources":[{"name":"../a","kind":"jar","uri":"/a"}]}`, code: 64, words: []string{"../a", "slash"}},
		"resource missing":   {plan: small, config: `{"version":1,"run":{"plan":{}},"resources":[{"name":"a","kind":"jar","uri":"/no/a.jar"}]}`, code: 65, words: []string{"resource a", "/no/a.jar"}},
		"unknown resource":   {plan: strings.ReplaceAll(small, `"x"`, `"${resource:b}"`), code: 64, words: []string{"resource:b"}},
		"missing secrets":    {plan: smallPlan + " ", config: `{"version":1,"run":{"plan":{}},"secrets":["OTHER"]}`, code: 66, words: []string{"CANARY", "OTHER"}},
		"secret in literal":  {plan: strings.Replace(smallPlan, `"x"`, `"x","projection":[{"value":"${secret:CANARY}"}]`, 1), env: []string{"CANARY=hush"}, code: 64, words: []string{"CANARY stands at nodes.0.projection.0.value", "only options of tables"}},
		"secret in init":     {plan: small, config: `{"version":1,"run":{"plan":{}},"init":["SET 'a'='${secret:CANARY}'"]}`, code: 64, words: []string{"init statement 1"}},
		"secret shown":       {plan: small, config: `{"version":1,"run":{"plan":{}},"session":{"pipeline.name":"${secret:CANARY}"}}`, env: []string{"CANARY=hush"}, code: 64, words: []string{"pipeline.name", "masks"}},
		"secret as argument": {plan: small, args: []string{"-D", "s3.secret-key=${secret:CANARY}"}, env: []string{"CANARY=hush"}, code: 64, words: []string{"s3.secret-key"}},
		"digest of config":   {plan: small, args: []string{"-D", configOption("/c.json#sha256=12")}, code: 64, words: []string{"sha256="}},
		"job id":             {plan: small, args: []string{"-D", "$internal.pipeline.job-id=xyz"}, code: 64, words: []string{"32 hexadecimal"}},
		"launch without id":  {plan: small, args: []string{"-D", optLaunch + "=file:///b/launches/x/1/"}, code: 64, words: []string{optJobID}},
		"launch":             {plan: small, args: []string{"-D", optLaunch + "=file:///b/launchs/x/1/", "-D", optJobID + "=" + strings.Repeat("0", 32)}, code: 64, words: []string{"launches/<name>/<number>"}},
		"unknown option":     {plan: small, args: []string{"-D", "sql-driver.stockstart=true"}, code: 64, words: []string{"sql-driver.stock-start"}},
		"bad boolean":        {plan: small, args: []string{"-D", "sql-driver.stock-start=ja"}, code: 64, words: []string{"ja"}},
		"bad duration":       {plan: small, args: []string{"-D", "sql-driver.standby-timeout=soon"}, code: 64, words: []string{"soon"}},
		"job class":          {plan: small, args: []string{"--job-classname", "X"}, code: 64, words: []string{"--job-classname"}},
		"program argument":   {plan: small, args: []string{"--host", "x"}, code: 64, words: []string{"--host"}},
		"conf dir":           {plan: small, args: []string{"--configDir", "x"}, code: 64, words: []string{"FLINK_CONF_DIR"}},
		"broken config.yaml": {plan: small, conf: "a: [\n", code: 64, words: []string{"config.yaml"}},
		"doubled key":        {plan: small, conf: "a: 1\na: 2\n", code: 64, words: []string{`"a"`}},
		"alias bomb":         {plan: small, conf: bomb(), code: 64, words: []string{"config.yaml"}},
		"secrets on disk":    {plan: smallPlan, args: []string{"-D", "sql-driver.private-dir=/var/tmp/driver-test-disk"}, env: []string{"CANARY=hush"}, code: 64, words: []string{"not in memory"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.env = append(w.env, c.env...)
			w.file("flink/conf/config.yaml", w.text("flink/conf/config.yaml")+c.conf, 0o644)
			args := []string{"standalone-job"}
			if c.plan != "" {
				args = append(args, "-D", planOption(w.file("p.json", c.plan, 0o644)))
			}
			if c.config != "" {
				args = append(args, "-D", configOption(w.file("c.json", c.config, 0o644)))
			}
			r := w.run(append(args, c.args...)...)
			r.want(t, c.code, c.words...)
			if r.argv != nil {
				t.Errorf("it was started: %q", r.argv)
			}
			if len(r.last) > maxLastWord || strings.Contains(r.stderr+r.last, "hush") {
				t.Errorf("last word %q", r.last)
			}
			if found := partial(t, w.dir); found != "" {
				t.Errorf("%s stayed", found)
			}
			for _, dir := range []string{w.private(), "/var/tmp/driver-test-disk"} {
				if _, err := os.Stat(dir); err == nil {
					t.Errorf("%s stayed", dir)
				}
			}
		})
	}
}

func bomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i < 10; i++ {
		prev := "*a" + jsonText(i-1)
		b.WriteString("a" + jsonText(i) + ": &a" + jsonText(i) + " [" + strings.Join([]string{prev, prev, prev, prev, prev, prev, prev, prev}, ",") + "]\n")
	}
	return b.String()
}

// partial finds a download that was left unfinished.
func partial(t *testing.T, dir string) (found string) {
	_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && (strings.HasPrefix(d.Name(), ".part-") || strings.HasPrefix(d.Name(), ".new-")) {
			found = path
		}
		return nil
	})
	return found
}

func TestQuestionsAboutTheDriver(t *testing.T) {
	w := newWorld(t)
	w.run("-h").want(t, 0, "usage: driver")
	w.run("--help", "x").want(t, 0, "usage: driver")
	w.run("--version").want(t, 0, "driver dev")
	w.run().want(t, 64, "usage: driver")
	w.run("").want(t, 64, "usage: driver")
	w.run("-v").want(t, 127)
	w.run("help").want(t, 127)
}

func TestSecretsMayGoToADiskIfAsked(t *testing.T) {
	w := newWorld(t)
	w.env = append(w.env, "CANARY=x")
	dir := filepath.Join("/var/tmp", "driver-test-"+jsonText(os.Getpid()))
	defer os.RemoveAll(dir)
	w.run("standalone-job", "-D", planOption(w.file("p.json", smallPlan, 0o644)), "-D", "sql-driver.private-dir="+dir, "-D", "sql-driver.allow-disk-secrets=true").want(t, 0)
}

func TestArchives(t *testing.T) {
	zipped := func(names ...string) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, n := range names {
			f, err := z.Create(n)
			if err != nil {
				t.Fatal(err)
			}
			f.Write([]byte(strings.Repeat("x", 1000)))
		}
		z.Close()
		return b.Bytes()
	}
	w := newWorld(t)
	plan := w.file("p.json", `{"flinkVersion":"2.3","nodes":[{"id":1,"path":"${resource:env}"}],"edges":[]}`, 0o644)
	start := func(archive []byte, args ...string) result {
		uri := w.file("a.zip", string(archive), 0o644)
		config := w.file("c.json", `{"version":1,"run":{"plan":{}},"resources":[{"name":"env","kind":"archive","uri":"`+uri+`"}]}`, 0o644)
		return w.run(append([]string{"standalone-job", "-D", planOption(plan), "-D", configOption(config)}, args...)...)
	}
	good := zipped("a/b.txt", "c.txt")
	for range 2 {
		start(good).want(t, 0)
		if w.text("work/resources/"+digestOf(string(good))+".unpacked/env/a/b.txt") == "" {
			t.Error("a/b.txt is missing")
		}
	}
	start(zipped("../out.txt")).want(t, 65, "leads out")
	start(zipped("/abs.txt")).want(t, 65, "leads out")
	start([]byte("no archive at all, but long enough to be looked at"+strings.Repeat("x", 600))).want(t, 65, "neither a zip nor a whole tar")
	start(good[:len(good)-30]).want(t, 65, "archive")
	start(zipped("a.txt", "b.txt", "a.txt")).want(t, 65, "resource env", `"a.txt" is in it twice`)
	start(zipped("a/b", "a")).want(t, 65, "resource env", `"a" is a file and a directory`)
	start(zipped("a", "a/b")).want(t, 65, "resource env", `"a/b" needs a directory`)
	start(zipped("a", "a/")).want(t, 65, "resource env", `"a" needs a directory`)
	start(zipped("a.txt", "b.txt"), "-D", "sql-driver.max-archive-size=1500").want(t, 65, "max-archive-size")
	if found := partial(t, w.dir); found != "" {
		t.Errorf("%s stayed", found)
	}
}
