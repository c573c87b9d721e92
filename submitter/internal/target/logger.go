package target

import (
	"context"
	"io"
)

// Logger is a target that can show what a launch's processes log. which is one of them, in
// the target's own words; empty: the JobManager. With follow it goes on as it is written.
type Logger interface {
	Logs(ctx context.Context, r Ref, w io.Writer, follow bool, which string) error
}
