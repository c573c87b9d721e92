package cmd

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"flink-sql-driver/submitter/internal/compile"
	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// Exit codes.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitBlocked     = 3
	exitSomeFailed  = 4
	exitHeld        = 5
	exitPending     = 6
	exitInterrupted = 130
)

// exitTexts say what each exit code means.
var exitTexts = map[int]string{
	exitDone:        "done, or nothing to do",
	exitFailed:      "failed",
	exitUsage:       "wrong usage, or a manifest with mistakes",
	exitBlocked:     "blocked: a change would lose state",
	exitSomeFailed:  "some jobs failed, others did not",
	exitHeld:        "another command is deploying the job",
	exitPending:     "changes are pending (diff --exit-code)",
	exitInterrupted: "interrupted",
}

// exitCodes is what --help says of all.
var exitCodes = exits(slices.Sorted(maps.Keys(exitTexts))...)

// exits is what a verb's --help says of the codes that it may end with.
func exits(codes ...int) string {
	var b strings.Builder
	b.WriteString("Exit codes:")
	for _, code := range codes {
		fmt.Fprintf(&b, "\n %3d  %s", code, exitTexts[code])
	}
	return b.String()
}

// blockedError says that jobs were left alone to keep their state.
type blockedError struct{ names []string }

func (e *blockedError) Error() string {
	return "blocked to keep state: " + strings.Join(e.names, ", ")
}

// failedJobsError says which jobs failed. Why stands in the report, so its text does
// not repeat that.
type failedJobsError struct {
	names []string
	total int
	err   error // of the jobs that have one
}

func (e *failedJobsError) Error() string {
	return fmt.Sprintf("%d of %d jobs failed: %s; the report has the reasons", len(e.names), e.total, some(e.names))
}

func (e *failedJobsError) Unwrap() error { return e.err }

// heldJobsError says which jobs other commands are deploying, where that is all that was
// not done.
type heldJobsError struct {
	names []string
	err   error
}

func (e *heldJobsError) Error() string {
	if len(e.names) == 1 {
		return e.err.Error()
	}
	return fmt.Sprintf("other commands are deploying %s; the report says which. Wait for them with --wait, or apply again", some(e.names))
}

func (e *heldJobsError) Unwrap() error { return e.err }

// isHeld reports whether another command deploys a job, or has just done so.
func isHeld(err error) bool {
	var held *journal.HeldError
	return errors.As(err, &held) || errors.Is(err, journal.ErrTaken)
}

// someFailed reports whether some jobs failed and others did not.
func someFailed(err error) bool {
	var failed *failedJobsError
	return errors.As(err, &failed) && len(failed.names) < failed.total
}

// leftOutError says that some manifests had mistakes and the others were gone on
// with.
type leftOutError struct {
	bad  *manifest.Error
	rest error // what became of the others; nil: all is well
}

func (e *leftOutError) Error() string {
	text := "these were left out:\n"
	if e.gotOn() {
		text = "these were left out, the other manifests were gone on with:\n"
	}
	text += e.bad.Error()
	if e.rest != nil {
		text += "\n" + e.rest.Error()
	}
	return text
}

func (e *leftOutError) Unwrap() []error { return []error{e.bad, e.rest} }

// gotOn reports whether the others were not stopped, too.
func (e *leftOutError) gotOn() bool {
	var (
		pending *pendingError
		blocked *blockedError
		held    *heldJobsError
	)
	return e.rest == nil || someFailed(e.rest) || errors.As(e.rest, &pending) || errors.As(e.rest, &blocked) || errors.As(e.rest, &held)
}

// pendingError says that applying would change something.
type pendingError struct{ jobs int }

func (e *pendingError) Error() string { return fmt.Sprintf("changes are pending for %d jobs", e.jobs) }

// report prints a command's error and turns its kind into an exit code: the one
// place where that is done.
func report(ctx context.Context, s streams, err error, verbose, asJSON bool) int {
	if err == nil {
		return exitDone
	}
	code := exitCode(ctx, err)
	switch {
	case code == exitPending: // what is pending stands in the report
	case asJSON:
		printErrorJSON(s.err, describe(err, code, verbose))
	default:
		e := describe(err, code, verbose)
		fmt.Fprintln(s.err, e.Message)
		for _, t := range e.Traces {
			fmt.Fprintln(s.err, t)
		}
	}
	return code
}

func exitCode(ctx context.Context, err error) int {
	var (
		usage   *usageError
		bad     *manifest.Error
		sql     *compile.Error
		blocked *blockedError
		left    *leftOutError
		pending *pendingError
		failed  *deploy.FailedError
	)
	switch {
	case errors.As(err, &left) && !left.gotOn():
		return exitCode(ctx, left.rest)
	case someFailed(err), errors.As(err, &left):
		return exitSomeFailed
	case errors.As(err, &pending):
		return exitPending
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &bad), errors.As(err, &sql):
		return exitUsage
	case errors.As(err, &failed):
		return exitFailed
	case ctx.Err() != nil:
		return exitInterrupted
	case errors.As(err, &blocked):
		return exitBlocked
	case isHeld(err):
		return exitHeld
	}
	return exitFailed
}
