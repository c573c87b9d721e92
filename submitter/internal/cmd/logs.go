package cmd

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"flink-sql-driver/submitter/internal/target"
)

func logsCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "logs",
		Usage:     "what a job's Flink processes log",
		ArgsUsage: "NAME",
		Description: `   submitter logs orders
   submitter logs orders -f --process taskmanager

` + exits(exitDone, exitFailed, exitUsage, exitInterrupted),
		Flags: append(placeFlags(),
			&cli.BoolFlag{Name: "follow", Aliases: []string{"f"}, Usage: "go on as it is written"},
			&cli.StringFlag{Name: "process", Usage: "jobmanager or taskmanager (default: both)"},
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
				if e == nil || e.Launch == nil {
					return fmt.Errorf("%s: it was never launched", name)
				}
				ref := target.Ref{Name: name, Launch: e.Launch.Number, ClusterID: e.Launch.ClusterID, JobID: e.Launch.JobID}
				return p.local.Logs(c.Context, ref, s.out, c.Bool("follow"), c.String("process"))
			})
		},
	}
}
