package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flink-sql-driver/submitter/internal/compile"
	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/gateway"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

func TestExitCode(t *testing.T) {
	over, end := context.WithCancel(context.Background())
	end()
	failed := &deploy.FailedError{}
	of := func(n int) func(error) error {
		return func(err error) error { return &failedJobsError{[]string{"a"}, n, err} }
	}
	some, all := of(2), of(1)
	for name, c := range map[string]struct {
		ctx  context.Context
		err  error
		want int
	}{
		"anything":                         {nil, errors.New("x"), 1},
		"usage":                            {nil, usagef("x"), 2},
		"manifest":                         {nil, errors.Join(&manifest.Error{}, nil), 2},
		"SQL":                              {nil, fmt.Errorf("x: %w", &compile.Error{}), 2},
		"blocked":                          {nil, &blockedError{}, 3},
		"some failed":                      {nil, some(failed), 4},
		"some manifests were wrong":        {nil, &leftOutError{&manifest.Error{}, nil}, 4},
		"some wrong, others pending":       {nil, &leftOutError{&manifest.Error{}, &pendingError{}}, 4},
		"some wrong, others failed":        {nil, &leftOutError{&manifest.Error{}, some(failed)}, 4},
		"some wrong, the store is too":     {nil, &leftOutError{&manifest.Error{}, errors.New("x")}, 1},
		"some wrong, all others failed":    {nil, &leftOutError{&manifest.Error{}, all(failed)}, 1},
		"some wrong, interrupted":          {over, &leftOutError{&manifest.Error{}, context.Canceled}, 130},
		"some had wrong SQL":               {nil, some(&compile.Error{}), 4},
		"all had wrong SQL":                {nil, all(&compile.Error{}), 2},
		"all are held":                     {nil, all(&journal.HeldError{Entry: &journal.Entry{}}), 5},
		"all were refused":                 {nil, all(nil), 1},
		"a deployment failed":              {nil, failed, 1},
		"held":                             {nil, &journal.HeldError{Entry: &journal.Entry{}}, 5},
		"somebody was faster":              {nil, fmt.Errorf("x: %w", journal.ErrTaken), 5},
		"pending":                          {nil, &pendingError{}, 6},
		"interrupted":                      {over, context.Canceled, 130},
		"interrupted with another error":   {over, errors.New("connection closed"), 130},
		"interrupted, but the job failed":  {over, failed, 1},
		"interrupted, but usage was wrong": {over, usagef("x"), 2},
	} {
		ctx := c.ctx
		if ctx == nil {
			ctx = context.Background()
		}
		if got := exitCode(ctx, c.err); got != c.want {
			t.Errorf("%s: exit %d, want %d", name, got, c.want)
		}
	}
}

// A manifest with mistakes is told of whatever became of the others.
func TestLeftOut(t *testing.T) {
	bad := &manifest.Error{Problems: []manifest.Problem{{At: manifest.Position{File: "c.yaml", Line: 1, Column: 1}, Message: "unknown key 'x'"}}}
	for _, rest := range []error{nil, errors.New("no store"), &failedJobsError{[]string{"a"}, 1, errors.New("a is wrong")}, &blockedError{[]string{"a"}}} {
		err := error(&leftOutError{bad, rest})
		text, problems := err.Error(), describe(err, exitCode(t.Context(), err), false).Problems
		if !strings.Contains(text, "c.yaml:1:1: unknown key 'x'") || rest != nil && !strings.Contains(text, rest.Error()) || len(problems) != 1 {
			t.Errorf("%v: %s %v", rest, text, problems)
		}
	}
}

// -v prints the trace of every job, each once.
func TestTraces(t *testing.T) {
	err := errors.Join(
		errors.New("no trace"),
		fmt.Errorf("a: %w", &compile.Error{Trace: "one"}),
		fmt.Errorf("b: %w", &gateway.Error{Trace: "two"}),
		&compile.Error{},
	)
	if diff := cmp.Diff([]string{"one", "two"}, traces(err)); diff != "" {
		t.Error(diff)
	}
}

func TestStoreDir(t *testing.T) {
	for prefix, want := range map[string]string{
		"": "", "/": "", "manifests": "", "manifests/": "", "/manifests/": "", "a": "a", "a/": "a", "/a//b/": "a/b",
		"flink-sql-runner/manifests/": "flink-sql-runner", "a/manifests/b": "a/manifests/b", "my-manifests/": "my-manifests", "../x/": "x",
	} {
		if got := storeDir(prefix); got != want {
			t.Errorf("storeDir(%q) = %q, want %q", prefix, got, want)
		}
	}
}
