package compile

import (
	"context"
	"fmt"
)

// ChangeCatalogs runs those statements of a job that change what outlives its session
// and are still to be run, in their order, in a session like the one that the job is
// compiled in. For each it calls change, which has to call run and may write down
// before what is about to happen. Whatever change returns ends the work. What was made
// is not unmade when a later statement fails.
func (c *Compiler) ChangeCatalogs(ctx context.Context, in Input, change func(CatalogChange, func() error) error) error {
	info, err := c.gateway.Info(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", in.Job.Name, err)
	}
	if err := checkVersion(in.Job, c.gateway.URL(), info.Version); err != nil {
		return err
	}
	j, err := c.openJob(ctx, in)
	if err != nil {
		return err
	}
	defer j.session.Close() // an error only means that the gateway is gone
	j.change = change
	if err := j.prepare(ctx); err != nil {
		return j.blame(ctx, err, info.Version)
	}
	if _, err := j.defineScript(ctx); err != nil {
		return j.blame(ctx, err, info.Version)
	}
	return nil
}
