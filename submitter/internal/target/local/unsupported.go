//go:build !linux

package local

import (
	"context"
	"errors"
	"io"

	"flink-sql-driver/submitter/internal/flinkrest"
	"flink-sql-driver/submitter/internal/target"
)

var errUnsupported = errors.New("the local target needs Linux; use another target, or a Linux machine or container")

// Target exists on Linux only.
type Target struct{}

var _ target.Target = (*Target)(nil)

// New refuses: every other function is there for the compiler.
func New(Config) (*Target, error) { return nil, errUnsupported }

// Supervise refuses.
func Supervise(context.Context, string) error { return errUnsupported }

func (*Target) Name() string                                { return "" }
func (*Target) Launch(context.Context, target.Launch) error { return errUnsupported }
func (*Target) Observe(context.Context, target.Ref) (target.Observation, error) {
	return target.Observation{}, errUnsupported
}
func (*Target) JobManager(context.Context, target.Ref) (*flinkrest.Client, error) {
	return nil, errUnsupported
}
func (*Target) Remove(context.Context, target.Ref) error { return errUnsupported }
func (*Target) Logs(context.Context, target.Ref, io.Writer, bool, string) error {
	return errUnsupported
}
func (*Target) List(context.Context) ([]Listed, error)  { return nil, errUnsupported }
func (*Target) Down(context.Context) error              { return errUnsupported }
func (*Target) Gateway(context.Context) (string, error) { return "", errUnsupported }
func (*Target) Archive(context.Context) error           { return errUnsupported }
