package cmd

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"flink-sql-driver/submitter/internal/layout"
	"flink-sql-driver/submitter/internal/manifest"
)

func initCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:  "init",
		Usage: "prove that a bucket can be relied on, and make it one of ours",
		Description: `Records are entries that are created once: eight writers at once create one key, and exactly one may win.
A bucket that does not keep that promise is refused.

   submitter init --store 's3://flink?prefix=prod/'`,
		Flags: placeFlags(),
		Action: func(c *cli.Context) error {
			if err := noArgs(c); err != nil {
				return err
			}
			cfg, err := manifest.LoadConfig(c.Context, c.String("config"), ".")
			if err != nil {
				return err
			}
			store := firstOf(c.String("store"), cfg.Store)
			if store == "" {
				return usagef("name the bucket: --store, or store in submitter.yaml; a local store needs no init")
			}
			b, err := openURL(c.Context, store)
			if err != nil {
				return err
			}
			defer b.Close()
			d, err := layout.Init(c.Context, b)
			if err != nil {
				return err
			}
			fmt.Fprintf(s.out, "%s: ready, id %s\n", b.URL(), d.ID)
			return nil
		},
	}
}
