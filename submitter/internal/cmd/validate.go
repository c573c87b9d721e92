package cmd

import (
	"fmt"
	"io"

	"github.com/urfave/cli/v2"
)

// validReport is what validate prints when nothing is wrong.
type validReport struct {
	Jobs []validJob `json:"jobs"`
}

type validJob struct {
	Name string `json:"name"`
	File string `json:"file"`
}

func validateCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "validate",
		Usage:     "check manifests without a gateway: everything but what only Flink's planner knows",
		ArgsUsage: "MANIFEST|FOLDER…",
		Description: `All mistakes of all files are reported in one run, with file, line and column.

   submitter validate manifests/
   submitter validate orders.yaml --var SHOP=7 -o json

` + exits(exitDone, exitUsage, exitInterrupted),
		Flags: append(append([]cli.Flag{&cli.StringFlag{Name: "config", EnvVars: []string{configVariable}, Usage: "submitter.yaml"}, verboseFlag()}, manifestFlags()...), outputFlag()),
		Action: func(c *cli.Context) error {
			set, err := loadManifests(c, s)
			if err != nil {
				return err
			}
			r := validReport{Jobs: []validJob{}}
			for _, j := range set.Jobs {
				r.Jobs = append(r.Jobs, validJob{j.Name, j.File})
			}
			return render(c, s.out, r, r.text)
		},
	}
}

func (r validReport) text(w io.Writer) error {
	for _, j := range r.Jobs {
		fmt.Fprintf(w, "%s: %s is valid\n", j.File, j.Name)
	}
	return nil
}
