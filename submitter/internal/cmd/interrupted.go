package cmd

import (
	"context"
	"errors"
	"slices"
	"strings"

	"flink-sql-driver/submitter/internal/journal"
)

// interruptedError says in what state an interrupted command left things.
type interruptedError struct{ left []string }

func (e *interruptedError) Error() string {
	return "interrupted: " + strings.Join(e.left, "; ")
}

func (e *interruptedError) Unwrap() error { return context.Canceled }

// leftAt says where jobs' deployments stopped: phases by name, final ones too.
func leftAt(phases map[string]journal.Phase) error {
	var left []string
	for name, phase := range phases {
		if phase != "" && !phase.Final() {
			left = append(left, name+" was left at phase "+string(phase)+", where the next apply continues")
		}
	}
	slices.Sort(left)
	if len(left) == 0 {
		left = []string{"no deployment was left half done"}
	}
	return &interruptedError{left}
}

// tellOfGateway adds what an interrupted command leaves running besides jobs.
func (p *place) tellOfGateway(err error) error {
	var left *interruptedError
	if errors.As(err, &left) && p.usedOwnGateway.Load() {
		left.left = append(left.left, "the local SQL Gateway stays for the next command, until `submitter local down`")
	}
	return err
}
