package cmd

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/manifest"
)

func deleteCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "delete",
		Usage:     "stop jobs with a savepoint and end their records; savepoints and releases stay in the bucket",
		ArgsUsage: "NAME…",
		Flags:     append(placeFlags(), &cli.BoolFlag{Name: "wait", Usage: "wait for jobs that another command is deploying"}),
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return usagef("delete needs the name of a job")
			}
			return withRecords(c, s, func(p *place) error {
				for _, name := range c.Args().Slice() {
					if err := p.wish(c, s, []string{name}, apply.Wish{State: manifest.Suspended}); err != nil {
						return err
					}
					if err := newApplier(c, s, p).Delete(c.Context, name); err != nil {
						return err
					}
					fmt.Fprintf(s.out, "%s: deleted\n", name)
				}
				return nil
			})
		},
	}
}

func forceUnlockCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "force-unlock",
		Usage:     "take a job from a command that hangs, and bring its deployment to an end",
		ArgsUsage: "NAME",
		Description: `Only needed when the holder still writes its heartbeat but does not get on: a holder that died is noticed
by every other command. The one that is unlocked stops acting as soon as it tries to write.`,
		Flags: placeFlags(),
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usagef("force-unlock needs the name of one job")
			}
			return withRecords(c, s, func(p *place) error {
				if err := p.needFlink(); err != nil {
					return err // the deployment may have got as far as starting something
				}
				e, err := newApplier(c, s, p).Unlock(c.Context, c.Args().First())
				if err != nil {
					return err
				}
				fmt.Fprintf(s.out, "%s: %s\n", e.Name, e.Phase)
				return nil
			})
		},
	}
}
