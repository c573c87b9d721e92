package cmd

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/target"
)

func logsCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "logs",
		Usage:     "what a job's Flink processes log",
		ArgsUsage: "NAME",
		Description: `Lines of several TaskManagers begin with their names. On this machine, what a process printed comes before what it logged, and the
logs of the last few launches are kept, so this also works for a job that has ended. On Kubernetes --process may be the name of a
pod, too; logs go with the pods, so only that of a job that has ended by itself stays, until the next launch. Of a launch that
fails its first checks, ` + "`apply -v`" + ` shows the log before it is ended.

   submitter logs orders
   submitter logs orders -f --process taskmanager

` + exits(exitDone, exitFailed, exitUsage, exitInterrupted),
		Flags: append(placeFlags(),
			&cli.BoolFlag{Name: "follow", Aliases: []string{"f"}, Usage: "go on as it is written"},
			&cli.StringFlag{Name: "process", Value: "jobmanager", Usage: "jobmanager, taskmanager (all of them), taskmanager-1, …, or on this machine supervisor"},
		),
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usagef("logs needs the name of one job")
			}
			return withRecords(c, func(p *place) error {
				name := c.Args().First()
				e, err := p.journal.Newest(c.Context, name)
				if err != nil {
					return err
				}
				if e == nil || e.Action == journal.Delete {
					return fmt.Errorf("%s: there is no record of it in %s", name, p.bucket.URL())
				}
				if e.Launch == nil {
					return fmt.Errorf("%s: it was never launched", name)
				}
				ref := deploy.RefOf(name, *e.Launch)
				out := deploy.Secrets(c.Context, p.bucket, e).Writer(deploy.SecretNames(e), s.out)
				t, err := p.targets.at(apply.PlaceOf(e))
				if err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				logged, ok := t.(target.Logger)
				if !ok {
					return fmt.Errorf("%s: the target %s keeps no logs", name, apply.PlaceOf(e))
				}
				return errors.Join(logged.Logs(c.Context, ref, out, c.Bool("follow"), c.String("process")), out.Close())
			})
		},
	}
}
