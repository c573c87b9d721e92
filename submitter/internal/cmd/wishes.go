package cmd

import (
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/manifest"
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
A bounded job that has finished runs anew and reads its input again.

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
// the jobs is the report's business.
func (p *place) grant(c *cli.Context, s streams, names []string, wish apply.Wish) (r changeReport, all []*apply.Assessment, err error) {
	if wish.Restart || wish.State == manifest.Running {
		if err := p.needFlinkFor(c.Context, names); err != nil {
			return r, nil, err
		}
	}
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	w := &work{place: p, applier: newApplier(c, s, p)}
	for _, n := range names {
		w.jobs = append(w.jobs, &manifest.Job{Name: n})
	}
	w.applier.GiveUp = wish.GiveUp
	if _, err := w.settle(c.Context); err != nil {
		return r, nil, err
	}
	for _, n := range names {
		a, err := w.applier.AssessWish(c.Context, n, wish)
		if err != nil {
			return r, nil, err
		}
		all = append(all, a)
	}
	return w.carryAll(c.Context, all, max(c.Int("parallelism"), 1)), all, nil
}
