package cmd_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	_ "gocloud.dev/blob/fileblob"
	_ "gocloud.dev/blob/memblob"
	_ "gocloud.dev/blob/s3blob"

	"flink-sql-driver/e2e/flinktest"
	"flink-sql-driver/submitter/internal/cmd"
)

var update = flag.Bool("update", false, "write the golden files anew")

// gateway is a real one, for the tests that compile.
var gateway flinktest.Shared

func TestMain(m *testing.M) {
	testscript.Main(suite{m}, map[string]func(){"submitter": submitter})
}

// suite ends the shared gateway after the tests.
type suite struct{ m *testing.M }

func (s suite) Run() int { return gateway.Run(s.m) }

// submitter is the program as main.go has it.
func submitter() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(cmd.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// TestScripts runs the stories in testdata/script. Without more, there is no Flink
// and no Java in them. Beside testscript's own commands there is
//
//	exits CODE PROGRAM ARGS…   runs a program and compares its exit code
//
// and in the environment $ROOT, the repository, $FLINK, a distribution, and $BIN,
// where the program is.
func TestScripts(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	home := flinktest.Home(t)
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			self, err := exec.LookPath("submitter")
			e.Setenv("BIN", filepath.Dir(self))
			e.Setenv("ROOT", root)
			e.Setenv("FLINK", home)
			e.Setenv("FLINK_SQL_CACHE", filepath.Join(e.WorkDir, "cache"))
			e.Setenv("HOME", filepath.Join(e.WorkDir, "home"))
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var failed *exec.ExitError
	switch {
	case errors.As(err, &failed):
		got = failed.ExitCode()
	case err != nil:
		ts.Fatalf("%s: %v", args[1], err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}
