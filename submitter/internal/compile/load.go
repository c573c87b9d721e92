package compile

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"flink-sql-driver/submitter/internal/gateway"
	"flink-sql-driver/submitter/internal/sqltext"
)

// ErrUnseen says that the gateway cannot be shown a plan: with the Handover Query
// nothing of ours gets onto its disk.
var ErrUnseen = errors.New("the gateway cannot be shown a plan")

// Load has the gateway read a plan as the job's cluster will, in a session like the
// one that it was compiled in. Nothing is run and no cluster is asked: for Flink
// this is COMPILE PLAN … IF NOT EXISTS for a plan that exists
// (TableEnvironmentImpl.compilePlanAndWrite). It finds what Flink would refuse
// before anything is stopped for that plan. A secret or resource in the plan stays
// a placeholder.
func (c *Compiler) Load(ctx context.Context, in Input, plan []byte) error {
	info, err := c.gateway.Info(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", in.Job.Name, err)
	}
	if err := checkVersion(in.Job, c.gateway.URL(), info.Version); err != nil {
		return err
	}
	h, err := c.openHandover(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", in.Job.Name, err)
	}
	defer h.close()
	g, ok := h.(giver)
	if !ok {
		return fmt.Errorf("%s: %w (hand-over %q)", in.Job.Name, ErrUnseen, h.kind())
	}
	name := rand.Text() + ".json"
	remove, err := g.give(ctx, name, plan)
	if err != nil {
		return fmt.Errorf("%s: showing the gateway its plan (hand-over %q): %w", in.Job.Name, h.kind(), err)
	}
	defer remove()
	return c.load(ctx, in, info.Version, h.uri(name))
}

// load reads the plan at uri in a session of its own.
func (c *Compiler) load(ctx context.Context, in Input, version, uri string) error {
	j, err := c.openJob(ctx, in)
	if err != nil {
		return err
	}
	defer j.session.Close() // an error only means that the gateway is gone
	if err := j.prepare(ctx); err != nil {
		return err
	}
	if _, err := j.defineScript(ctx); err != nil {
		return err
	}
	// Flink would compile this statement if it did not see the plan. Its table exists,
	// as it must, but cannot be written, so that this would not pass for success.
	const nowhere = "`flink-sql-driver-nowhere`"
	if err := j.session.Configure(ctx, "CREATE TEMPORARY TABLE "+nowhere+" (a INT) WITH ('connector' = 'flink-sql-driver-none')"); err != nil {
		return fmt.Errorf("%s: %w", in.Job.Name, err)
	}
	_, err = j.session.Execute(ctx, "COMPILE PLAN "+sqltext.Literal(uri)+" IF NOT EXISTS FOR INSERT INTO "+nowhere+" VALUES (1)", nil)
	var e *gateway.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e) && e.Kind == gateway.SQL:
		return &LoadError{Job: in.Job.Name, FlinkVersion: version, Cause: firstOf(strings.TrimSpace(j.filled.hide(e.Cause)), e.Class), err: err}
	}
	return fmt.Errorf("%s: %w", in.Job.Name, err)
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// LoadError says that Flink refused a plan that was made for it. It wraps the
// gateway's error, which has the trace.
type LoadError struct {
	Job          string
	FlinkVersion string // of the gateway
	Cause        string // root cause, one line
	err          error
}

func (e *LoadError) Error() string {
	return fmt.Sprintf("%s: Flink %s cannot load the plan that the job is to run, with the ids under which its state is found: %s; nothing was touched", e.Job, e.FlinkVersion, e.Cause)
}

func (e *LoadError) Unwrap() error { return e.err }

// giver is a handover that works in both directions.
type giver interface {
	// give puts a plan where uri(name) is; remove takes it away.
	give(ctx context.Context, name string, plan []byte) (remove func(), err error)
}

func (h fileHandover) give(_ context.Context, name string, plan []byte) (func(), error) {
	path := filepath.Join(string(h), name)
	const readable = 0o600 // the gateway that writes into the private directory is ours
	return func() { _ = os.Remove(path) }, os.WriteFile(path, plan, readable)
}

func (h storeHandover) give(ctx context.Context, name string, plan []byte) (func(), error) {
	key := stagingPrefix + name
	return func() { _ = h.bucket.Delete(context.WithoutCancel(ctx), key) }, h.bucket.Write(ctx, key, plan)
}
