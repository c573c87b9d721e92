package cmd

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/target"
)

func stopCommand(s streams) *cli.Command {
	return wishCommand(s, "stop", "stop jobs with a savepoint, until resume", `
They stay stopped until resume, until the manifest's own state changes, or until apply --reset-state.

   submitter stop orders
   submitter stop orders late-departures --drain --savepoint-timeout 1h`, apply.Wish{State: manifest.Suspended})
}

func resumeCommand(s streams) *cli.Command {
	return wishCommand(s, "resume", "start stopped jobs from their newest state", `
What ran last is started again, from its savepoint. Changed manifests are apply's business.

   submitter resume orders
   submitter resume orders late-departures`, apply.Wish{State: manifest.Running})
}

func restartCommand(s streams) *cli.Command {
	return wishCommand(s, "restart", "stop with a savepoint and start again, for a rotated secret", `
A bounded job that has finished runs anew and reads its input again. One that was stopped is resume's business.

   submitter restart orders
   DB_PASSWORD=new submitter restart orders`, apply.Wish{Restart: true})
}

func cancelCommand(s streams) *cli.Command {
	return wishCommand(s, "cancel", "stop jobs without a savepoint; their next start is clean", `
Its checkpoints stay in the bucket, but the next start does not use them; stop takes a savepoint. A
start that was cut off is given up rather than brought to its end.

   submitter cancel orders`, apply.Wish{State: manifest.Cancelled, GiveUp: true})
}

// wishCommand is a verb that asks something of recorded jobs, without manifests.
// What it asks holds until the manifest's own state changes.
func wishCommand(s streams, name, usage, description string, w apply.Wish) *cli.Command {
	return &cli.Command{
		Name:      name,
		Usage:     usage,
		ArgsUsage: "NAME…",
		Description: strings.TrimPrefix(description, "\n") + "\n\n" +
			exits(exitDone, exitFailed, exitUsage, exitBlocked, exitSomeFailed, exitHeld, exitInterrupted),
		Flags: append(placeFlags(), outputFlag(),
			&cli.BoolFlag{Name: "wait", Usage: "wait for jobs that another command is deploying"},
			&cli.BoolFlag{Name: "drain", Usage: "let windows fire before the savepoint"},
			&cli.DurationFlag{Name: "savepoint-timeout", Usage: "how long to wait for the savepoint", Value: 30 * time.Minute},
			&cli.IntFlag{Name: "parallelism", Value: deployAtOnce, Hidden: true},
		),
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return usagef("%s needs the name of a job", name)
			}
			w := w
			w.Upgrade.Drain = c.Bool("drain")
			w.Upgrade.SavepointTimeout = c.Duration("savepoint-timeout")
			return withRecords(c, func(p *place) error { return p.wish(c, s, c.Args().Slice(), w) })
		},
	}
}

// wish carries a wish out and prints what became of it.
func (p *place) wish(c *cli.Context, s streams, names []string, wish apply.Wish) error {
	r, all, err := p.grant(c, s, names, wish)
	if err != nil {
		return err
	}
	r.verbose = c.Bool("verbose")
	if err := render(c, s.out, r, r.text); err != nil {
		return err
	}
	return verdict(c.Context, all, r)
}

// grant carries a wish out. Its error means that nothing was done; what became of
// the jobs, each of which stands alone, is the report's business.
func (p *place) grant(c *cli.Context, s streams, names []string, wish apply.Wish) (r changeReport, all []*apply.Assessment, err error) {
	if wish.Restart || wish.State == manifest.Running {
		if err := p.needFlinkFor(c.Context, names); err != nil {
			return r, nil, err
		}
	}
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	w := &work{place: p, applier: newApplier(c, s, p)}
	w.applier.GiveUp = wish.GiveUp
	w.again = func(ctx context.Context, a *apply.Assessment) (*apply.Assessment, error) {
		a, err := w.applier.AssessWish(ctx, a.Job.Name, wish)
		if err == nil {
			p.explain(ctx, a, wish)
		}
		return a, err
	}
	all = make([]*apply.Assessment, len(names))
	for i, n := range names {
		unseen := &apply.Assessment{Job: &manifest.Job{Name: n}}
		if all[i], err = w.again(c.Context, unseen); err != nil {
			unseen.Err = err
			all[i] = unseen
		}
	}
	if assessed(all) == 0 {
		return r, nil, errorsOf(all)
	}
	return w.carryAll(c.Context, all, max(c.Int("parallelism"), 1)), all, nil
}

// explain says what it comes to where a wish meets a job that does not run: nothing
// can be restarted or stopped.
func (p *place) explain(ctx context.Context, a *apply.Assessment, wish apply.Wish) {
	r, d := a.Facts.Record, &a.Decision
	if a.Unfinished || d.Kind != change.Nothing && d.Kind != change.Record || !a.Facts.Seen.Condition.Dead() {
		return
	}
	switch {
	case wish.Restart:
		d.Kind = change.Refused
		d.Reason = fmt.Sprintf("it is %s, so there is nothing to restart; `submitter resume %s` starts it", strings.ToLower(r.State), r.Name)
	case wish.State == manifest.Suspended && d.Kind == change.Record && a.Facts.Seen.Condition == target.Finished:
		d.Reason = "it has finished, so there was nothing to stop"
	case wish.State == manifest.Suspended && d.Kind == change.Record:
		d.Reason = "it does not run, so nothing was stopped and no savepoint taken: " + firstOf(r.Problem, a.Facts.Seen.Proof) + "; " + p.kept(ctx, r)
	}
}

// kept says which state the next start of a job that does not run begins with.
func (p *place) kept(ctx context.Context, r *journal.Entry) string {
	newest, err := (&deploy.Deployer{Bucket: p.bucket, Journal: p.journal}).RecordedState(ctx, r)
	switch {
	case err != nil:
		return "which state it would start from cannot be told: " + err.Error()
	case newest == "":
		return "it has left no state"
	}
	return "`submitter resume " + r.Name + "` starts it from its newest state, " + deploy.Describe(newest, r)
}
