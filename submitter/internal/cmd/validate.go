package cmd

import (
	"fmt"

	"github.com/urfave/cli/v2"
)

func validateCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "validate",
		Usage:     "check manifests without a gateway: everything but what only Flink's planner knows",
		ArgsUsage: "MANIFEST|FOLDER…",
		Flags:     append([]cli.Flag{&cli.StringFlag{Name: "config", EnvVars: []string{"SUBMITTER_CONFIG"}, Usage: "submitter.yaml"}}, manifestFlags()...),
		Action: func(c *cli.Context) error {
			set, err := loadManifests(c, s)
			if err != nil {
				return err
			}
			for _, j := range set.Jobs {
				fmt.Fprintf(s.out, "%s: %s is valid\n", j.File, j.Name)
			}
			return nil
		},
	}
}
