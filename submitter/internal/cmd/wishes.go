package cmd

import (
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/manifest"
)

func stopCommand(s streams) *cli.Command {
	return wishCommand(s, "stop", "stop jobs with a savepoint, until resume", apply.Wish{State: manifest.Suspended})
}

func resumeCommand(s streams) *cli.Command {
	return wishCommand(s, "resume", "start stopped jobs from their newest state", apply.Wish{State: manifest.Running})
}

func restartCommand(s streams) *cli.Command {
	return wishCommand(s, "restart", "stop with a savepoint and start again, for a rotated secret", apply.Wish{Restart: true})
}

func cancelCommand(s streams) *cli.Command {
	return wishCommand(s, "cancel", "stop jobs without a savepoint; their next start is clean", apply.Wish{State: manifest.Cancelled})
}

// wishCommand is a verb that asks something of recorded jobs, without manifests.
// What it asks holds until the manifest's own state changes.
func wishCommand(s streams, name, usage string, w apply.Wish) *cli.Command {
	return &cli.Command{
		Name:      name,
		Usage:     usage,
		ArgsUsage: "NAME…",
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
			return withRecords(c, s, func(p *place) error { return p.wish(c, s, c.Args().Slice(), w) })
		},
	}
}

func (p *place) wish(c *cli.Context, s streams, names []string, wish apply.Wish) error {
	if err := p.needFlink(); err != nil && (wish.Restart || wish.State == manifest.Running) {
		return err
	}
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	w := &work{place: p, applier: newApplier(c, s, p)}
	var all []*apply.Assessment
	for _, n := range names {
		w.jobs = append(w.jobs, &manifest.Job{Name: n})
	}
	if err := w.settle(c.Context); err != nil {
		return err
	}
	for _, n := range names {
		a, err := w.applier.AssessWish(c.Context, n, wish)
		if err != nil {
			return err
		}
		all = append(all, a)
	}
	r := w.carryAll(c.Context, all, max(c.Int("parallelism"), 1))
	if err := w.print(c, s, r); err != nil {
		return err
	}
	return verdict(c.Context, all, r)
}
