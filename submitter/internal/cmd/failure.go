package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"flink-sql-driver/submitter/internal/compile"
	"flink-sql-driver/submitter/internal/gateway"
	"flink-sql-driver/submitter/internal/manifest"
)

// failure is an error as the command prints it: docs/formats.md has its JSON.
type failure struct {
	Code     int       `json:"code"` // exit code
	Message  string    `json:"message"`
	Problems []problem `json:"problems,omitempty"`
	Traces   []string  `json:"traces,omitempty"` // Flink's stack traces, with -v
}

// problem is one mistake in one place of a file.
type problem struct {
	File       string `json:"file,omitempty"`
	Line       int    `json:"line,omitempty"`
	Column     int    `json:"column,omitempty"`
	Message    string `json:"message"`
	Suggestion string `json:"suggestion,omitempty"`
}

func describe(err error, code int, verbose bool) failure {
	f := failure{Code: code, Message: err.Error(), Problems: problems(err)}
	if code == exitInterrupted {
		f.Message, f.Problems = "interrupted", nil
		var left *interruptedError
		if errors.As(err, &left) {
			f.Message = left.Error()
		}
	}
	if verbose {
		f.Traces = traces(err)
	}
	return f
}

// printErrorJSON writes one line, so that it is the last one of a story that others
// may stand before.
func printErrorJSON(w io.Writer, f failure) {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(map[string]failure{"error": f}); err != nil {
		fmt.Fprintln(w, f.Message)
	}
}

// asksJSON reports whether the words of a command line ask for JSON. They are read
// here once more, since a mistake in them is an error as well.
func asksJSON(words []string) bool {
	for i, w := range words {
		name, value, given := strings.Cut(strings.TrimLeft(w, "-"), "=")
		switch {
		case w == "--":
			return false
		case !strings.HasPrefix(w, "-") || name != "o" && name != "output":
			continue
		case !given && i+1 < len(words):
			value = words[i+1]
		}
		if value == outputJSON {
			return true
		}
	}
	return false
}

// problems are the mistakes in manifests and SQL that an error consists of.
func problems(err error) []problem {
	var all []problem
	each := func(err error) bool {
		switch e := err.(type) {
		case *manifest.Error:
			for _, p := range e.Problems {
				all = append(all, problem{p.At.File, p.At.Line, p.At.Column, p.Message, p.Suggestion})
			}
		case *compile.Error:
			all = append(all, problem{e.At.File, e.At.Line, e.At.Column, e.Key + ": " + e.Cause, ""})
		default:
			return true
		}
		return false
	}
	walkErrors(err, each)
	return all
}

// traces are Flink's stack traces that errors keep for those who ask with -v.
func traces(err error) []string {
	var all []string
	walkErrors(err, func(err error) bool {
		trace := ""
		switch e := err.(type) {
		case *compile.Error:
			trace = e.Trace
		case *gateway.Error:
			trace = e.Trace
		}
		if trace != "" {
			all = append(all, trace)
		}
		return trace == ""
	})
	return all
}

// walkErrors visits an error and what it wraps, joined errors one after the other,
// and goes no deeper where visit says so.
func walkErrors(err error, visit func(error) (deeper bool)) {
	if err == nil || !visit(err) {
		return
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		walkErrors(e.Unwrap(), visit)
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			walkErrors(one, visit)
		}
	}
}
