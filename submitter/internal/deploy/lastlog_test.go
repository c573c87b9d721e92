package deploy_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/target"
)

// talker is a target whose launches log something.
type talker struct {
	*deploytest.Target
	says string
	err  error
}

func (t talker) Logs(_ context.Context, r target.Ref, w io.Writer, _ bool, _ string) error {
	fmt.Fprint(w, strings.Repeat("before\n", 100_000), t.says)
	return t.err
}

// TestLogOfASickLaunch: whoever asks gets the end of its log before it is ended, even if
// the rest does not come; nobody else gets any.
func TestLogOfASickLaunch(t *testing.T) {
	for name, err := range map[string]error{"whole": nil, "cut off": errors.New("connection reset")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				w.Target.Behave = behaves(1, deploytest.Behaviour{Start: deploytest.Hangs, Problem: problem})
				a := w.Applier()
				var log bytes.Buffer
				a.Log = &log
				deploytest.On(a, talker{w.Target, "Caused by: the very cause", err})
				if _, err := deploytest.Apply(t.Context(), a, deploytest.Job(first)); err == nil {
					t.Error("it is well")
				}
				if got := log.String(); !strings.Contains(got, "the end of launch 1's log:\n") || !strings.HasSuffix(got, "Caused by: the very cause\n") || len(got) > 300<<10 {
					t.Errorf("%d bytes: %.80q", len(got), got)
				}
				w.Check()
			})
		})
	}
}
