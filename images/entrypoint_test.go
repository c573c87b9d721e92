// Package images tests what the images promise without building them.
package images

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// stub is a program of Flink's that says how it was called.
const stub = `#!/bin/sh
echo "exec ${0##*/}${*:+ $*}"
[ -z "$FLINK_CONF_DIR" ] || echo "conf elsewhere"
sort "${FLINK_CONF_DIR:-$FLINK_HOME/conf}/config.yaml"
`

// programs are those that the entrypoint runs and that a machine may lack. parser
// writes down the options it is given; a later one of the same key wins.
var programs = map[string]string{
	"hostname": "#!/bin/sh\necho pod-1\n",
	"envsubst": "#!/bin/sh\neval \"echo \\\"$(cat)\\\"\"\n",
	"setpriv":  "#!/bin/sh\necho \"$1 $2 $3 home $HOME\"\nshift 4\nexec \"$@\"\n",
	"chown":    "#!/bin/sh\n",
}

const parser = `#!/bin/sh
conf=$1
shift 3
for o; do
	o=${o#-D}
	grep -v "^${o%%=*}=" "$conf/config.yaml" > "$conf/new"
	{ cat "$conf/new"; echo "$o"; } > "$conf/config.yaml"
	rm "$conf/new"
done
`

const nobody = 65534

// stage is a Flink of which only the shapes are real, and the entrypoint beside it,
// for a user without rights even if the tests run as root.
func stage(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{
		"flink/conf/config.yaml": "mine=1\njobmanager.rpc.address=mine\n", "flink/conf/log4j-console.properties": "",
		"flink/opt/flink-s3-fs-native-2.3.0.jar": "jar", "flink/plugins/README.txt": "", "tmp/x": "",
		"flink/bin/config-parser-utils.sh": parser,
	}
	for _, name := range []string{"jobmanager", "standalone-job", "taskmanager", "historyserver", "kubernetes-taskmanager", "sql-client"} {
		files["flink/bin/"+name+".sh"] = stub
	}
	for name, text := range programs {
		files["path/"+name] = text
	}
	script, err := os.ReadFile("base/docker-entrypoint.sh")
	if err != nil {
		t.Fatal(err)
	}
	files["docker-entrypoint.sh"] = string(script)
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	if os.Getuid() == 0 {
		giveAway(t, dir)
	}
	return dir
}

func giveAway(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, nobody, nobody))
	})
	// testing keeps the directory above to its owner.
	if err := errors.Join(err, os.Chmod(filepath.Dir(dir), 0o755)); err != nil {
		t.Fatal(err)
	}
}

// run runs the entrypoint and returns what it and what it executed printed.
func run(dir string, env, args []string) (string, error) {
	home := filepath.Join(dir, "flink")
	cmd := exec.Command(filepath.Join(dir, "docker-entrypoint.sh"), args...)
	cmd.Dir = dir
	cmd.Env = append([]string{
		"PATH=" + filepath.Join(dir, "path") + ":" + filepath.Join(home, "bin") + ":" + os.Getenv("PATH"),
		"FLINK_HOME=" + home, "TMPDIR=" + filepath.Join(dir, "tmp"), "DISABLE_JEMALLOC=true",
	}, env...)
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	out, err := cmd.CombinedOutput()
	return strings.ReplaceAll(string(out), dir, "DIR"), err
}

const defaults = "blob.server.port=6124\njobmanager.rpc.address=pod-1\nmine=1\nquery.server.port=6125\n"

func TestEntrypointExecutes(t *testing.T) {
	for name, c := range map[string]struct {
		env, args []string
		readOnly  bool
		want      string
	}{
		"jobmanager":     {args: []string{"jobmanager", "-D", "a=b c"}, want: "Starting jobmanager\nexec jobmanager.sh start-foreground -D a=b c\n" + defaults},
		"standalone-job": {args: []string{"standalone-job", "--job-id", "1"}, want: "Starting standalone-job\nexec standalone-job.sh start-foreground --job-id 1\n" + defaults},
		"taskmanager":    {args: []string{"taskmanager"}, want: "Starting taskmanager\nexec taskmanager.sh start-foreground\n" + defaults},
		"history-server": {args: []string{"history-server"}, want: "Starting history-server\nexec historyserver.sh start-foreground\n" + defaults},
		"anything else":  {args: []string{"sql-client.sh", "-f", "x"}, want: "exec sql-client.sh -f x\n" + defaults},
		"a pod of native Kubernetes": {readOnly: true, args: []string{"bash", "-c", "kubernetes-taskmanager.sh -Da='b'"},
			want: "exec kubernetes-taskmanager.sh -Da=b\njobmanager.rpc.address=mine\nmine=1\n"},
		"address and slots": {env: []string{"JOB_MANAGER_RPC_ADDRESS=jm", "TASK_MANAGER_NUMBER_OF_TASK_SLOTS=4"}, args: []string{"sql-client.sh"},
			want: "exec sql-client.sh\nblob.server.port=6124\njobmanager.rpc.address=jm\nmine=1\nquery.server.port=6125\ntaskmanager.numberOfTaskSlots=4\n"},
		"properties win": {env: []string{"JOB_MANAGER_RPC_ADDRESS=jm", "WHO=me", "FLINK_PROPERTIES=\n  jobmanager.rpc.address : other\n\n# no: comment\nblob.server.port:7\nx: http://${WHO}:1\n"}, args: []string{"sql-client.sh"},
			want: "exec sql-client.sh\nblob.server.port=7\njobmanager.rpc.address=other\nmine=1\nquery.server.port=6125\nx=http://me:1\n"},
		"properties beside a configuration that cannot be written": {readOnly: true, env: []string{"FLINK_PROPERTIES=x: 1"}, args: []string{"taskmanager"},
			want: "Starting taskmanager\nexec taskmanager.sh start-foreground\nconf elsewhere\njobmanager.rpc.address=mine\nmine=1\nx=1\n"},
		"a value with blanks": {env: []string{"FLINK_PROPERTIES=mine: 10 min"}, args: []string{"sql-client.sh"},
			want: "exec sql-client.sh\n" + strings.Replace(defaults, "mine=1", "mine=10 min", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := stage(t)
			if c.readOnly {
				for _, path := range []string{"flink/conf/config.yaml", "flink/conf"} {
					if err := os.Chmod(filepath.Join(dir, path), 0o555); err != nil {
						t.Fatal(err)
					}
				}
				t.Cleanup(func() { _ = os.Chmod(filepath.Join(dir, "flink/conf"), 0o755) })
			}
			got, err := run(dir, c.env, c.args)
			if err != nil || got != c.want {
				t.Errorf("%v; got:\n%s\nwant:\n%s", err, got, c.want)
			}
		})
	}
}

func TestEntrypointRefuses(t *testing.T) {
	for name, c := range map[string]struct{ env, want string }{
		"a plugin that is not there":  {"ENABLE_BUILT_IN_PLUGINS=flink-oss-fs.jar", "no flink-oss-fs.jar in DIR/flink/opt"},
		"a property without a value":  {"FLINK_PROPERTIES=parallelism.default=1", `"parallelism.default=1" is not "key: value"`},
		"a place that it cannot link": {"ENABLE_BUILT_IN_PLUGINS=../opt/flink-s3-fs-native-2.3.0.jar", "is not the name of a jar"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := run(stage(t), []string{c.env}, []string{"jobmanager"})
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(got, c.want) || strings.Contains(got, "exec ") {
				t.Errorf("%v; got:\n%s\nwant: %s", err, got, c.want)
			}
		})
	}
}

func TestEntrypointEnablesPlugins(t *testing.T) {
	t.Parallel()
	dir := stage(t)
	if out, err := run(dir, []string{"ENABLE_BUILT_IN_PLUGINS=flink-s3-fs-native-2.3.0.jar;"}, []string{"taskmanager"}); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	const jar = "flink-s3-fs-native-2.3.0.jar"
	got, err := os.Readlink(filepath.Join(dir, "flink/plugins/flink-s3-fs-native-2.3.0", jar))
	if want := filepath.Join(dir, "flink/opt", jar); err != nil || got != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}

func TestEntrypointHelps(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"help"}, nil} {
		got, err := run(stage(t), nil, args)
		if err != nil || !strings.Contains(got, "jobmanager|standalone-job|taskmanager|history-server") {
			t.Errorf("%q: %v\n%s", args, err, got)
		}
	}
}

func TestEntrypointGivesUpRoot(t *testing.T) {
	t.Parallel()
	dir := stage(t)
	if err := os.WriteFile(filepath.Join(dir, "path/id"), []byte("#!/bin/sh\necho 0\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	got, err := run(dir, nil, []string{"jobmanager"})
	want := "Starting jobmanager\n--reuid=flink --regid=flink --init-groups home DIR/flink\nexec jobmanager.sh start-foreground\n" + defaults
	if err != nil || got != want {
		t.Errorf("%v; got:\n%s\nwant:\n%s", err, got, want)
	}
}
