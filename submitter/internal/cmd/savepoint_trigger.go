package cmd

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/urfave/cli/v2"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/journal"
)

// takenSavepoint is a savepoint of a job that goes on.
type takenSavepoint struct {
	Name      string `json:"name"`
	Launch    uint64 `json:"launch"`
	JobID     string `json:"jobId"`
	Savepoint string `json:"savepoint"`
}

func savepointTriggerCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "trigger",
		Usage:     "take a savepoint of a job that goes on",
		ArgsUsage: "NAME",
		Description: `The savepoint is for you: to keep, or to start another job from with restore. This job's own next start never takes it, since what
was written after it was made visible by checkpoints. Nothing deletes it.

   submitter savepoint trigger orders
   submitter savepoint trigger orders -o json

` + exits(exitDone, exitFailed, exitUsage, exitInterrupted),
		Flags: append(placeFlags(), outputFlag(),
			&cli.DurationFlag{Name: "savepoint-timeout", Usage: "how long to wait for the savepoint", Value: 30 * time.Minute},
		),
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usagef("savepoint trigger needs the name of one job")
			}
			return withRecords(c, func(p *place) error {
				r, err := p.trigger(c.Context, c.Args().First(), c.Duration("savepoint-timeout"))
				if err != nil {
					return fmt.Errorf("%s: %w", c.Args().First(), err)
				}
				return render(c, s.out, r, func(w io.Writer) error {
					_, err := fmt.Fprintf(w, "%s: savepoint of launch %d: %s\n", r.Name, r.Launch, r.Savepoint)
					return err
				})
			})
		},
	}
}

func (p *place) trigger(ctx context.Context, name string, limit time.Duration) (*takenSavepoint, error) {
	e, err := p.journal.Newest(ctx, name)
	switch {
	case err != nil:
		return nil, err
	case e == nil || e.Action == journal.Delete:
		return nil, fmt.Errorf("there is no record of it in %s", p.bucket.URL())
	case !e.Phase.Final():
		return nil, fmt.Errorf("it is being deployed (phase %s since %s); ask again when that is over", e.Phase, e.Time.Format(time.RFC3339))
	case e.Launch == nil:
		return nil, fmt.Errorf("it does not run: it is %s", e.State)
	}
	t, err := p.targets.at(apply.PlaceOf(e))
	if err != nil {
		return nil, err
	}
	d := &deploy.Deployer{Bucket: p.bucket, Journal: p.journal, Target: t}
	uri, err := d.TriggerSavepoint(ctx, e, limit)
	if err != nil {
		return nil, err
	}
	return &takenSavepoint{Name: name, Launch: e.Launch.Number, JobID: e.Launch.JobID, Savepoint: uri}, nil
}
