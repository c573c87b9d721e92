package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"

	"flink-sql-driver/driver/internal/fence"
	"flink-sql-driver/driver/internal/secret"
)

// Exit codes of the driver's own; everything else is Flink's.
const (
	exitUsage      = 64  // options or driver config are wrong
	exitLocalize   = 65  // a file could not be had; another try may work
	exitSecret     = 66  // a secret is missing, or not UTF-8
	exitRefused    = 67  // decision, claim, journal or missing state forbid it
	exitNotRunning = 126 // Flink is there but could not be executed
	exitNotFound   = 127 // there is no such program
)

// usageError is a mistake in what the driver was given: it stays wrong however
// often the driver is started.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usage(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

// execError says which program could not be executed.
type execError struct {
	path string
	err  error
}

func (e *execError) Error() string { return fmt.Sprintf("starting %s: %v", e.path, e.err) }
func (e *execError) Unwrap() error { return e.err }

// endedError is the end of a Flink that the driver stood in for.
type endedError struct{ code int }

func (e *endedError) Error() string { return fmt.Sprintf("Flink ended with code %d", e.code) }

// exitCode is the one place where kinds of errors become numbers.
func exitCode(err error) int {
	var (
		wrong   *usageError
		missing *secret.MissingError
		refused *fence.RefusedError
		noExec  *execError
		ended   *endedError
	)
	switch {
	case err == nil:
		return 0
	case errors.As(err, &ended):
		return ended.code
	case errors.As(err, &wrong), errors.Is(err, secret.ErrNotInMemory):
		return exitUsage
	case errors.As(err, &missing), errors.Is(err, secret.ErrNotText):
		return exitSecret
	case errors.As(err, &refused):
		return exitRefused
	case errors.As(err, &noExec) && errors.Is(err, fs.ErrNotExist):
		return exitNotFound
	case errors.As(err, &noExec):
		return exitNotRunning
	}
	return exitLocalize
}

// maxLastWord is how much of a termination message Kubernetes keeps, in bytes.
const maxLastWord = 4096

// lastWord says why the driver gives up, on stderr and where Kubernetes shows it: of a
// Flink that has ended, Kubernetes shows the end of the log.
func lastWord(err error, file string, stderr io.Writer) {
	text := plainText("driver: "+err.Error(), maxLastWord-1) + "\n"
	io.WriteString(stderr, text)
	var ended *endedError
	if errors.As(err, &ended) {
		return
	}
	if file == "" {
		if info, err := os.Stat(defaultTerminationLog); err != nil || !info.Mode().IsRegular() {
			return
		}
		file = defaultTerminationLog
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		fmt.Fprintf(stderr, "driver: termination log: %v\n", err)
	}
}

// plainText cuts a text to so many bytes, whole characters, without control
// characters but line breaks.
func plainText(text string, max int) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if len(text) <= max {
		return text
	}
	const mark = " …"
	cut := max - len(mark)
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + mark
}
