package cmd

import (
	"fmt"

	"github.com/urfave/cli/v2"
)

func adoptCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "adopt",
		Usage:     "take over jobs that belong to another owner",
		ArgsUsage: "NAME…",
		Description: `The record gets this command's --owner; nothing that runs is touched.

   submitter adopt orders --owner team-b`,
		Flags: placeFlags(),
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return usagef("adopt needs the name of a job")
			}
			return withPlace(c, s, func(p *place) error {
				for _, name := range c.Args().Slice() {
					before, err := newApplier(c, s, p).Adopt(c.Context, name)
					if err != nil {
						return err
					}
					fmt.Fprintf(s.out, "%s: owner %s, was %s\n", name, p.owner, before)
				}
				return nil
			})
		},
	}
}
