package cmd

import (
	"fmt"
	"io"
	"time"

	"github.com/urfave/cli/v2"

	"flink-sql-driver/submitter/internal/layout"
)

// initReport is what init prints: bucket.json, and where it is.
type initReport struct {
	Store   string    `json:"store"`
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
}

func (r initReport) text(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%s: ready, id %s\n", r.Store, r.ID)
	return err
}

func initCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:  "init",
		Usage: "prove that a bucket can be relied on, and make it one of ours",
		Description: `Records are entries that are created once: eight writers at once create one key, and exactly one may win.
A bucket that does not keep that promise is refused.

   submitter init --store 's3://flink?prefix=prod/'
   submitter init --store file:///srv/flink    # a directory that is not beside the manifests
   submitter init                              # the store of submitter.yaml

` + exits(exitDone, exitFailed, exitUsage, exitInterrupted),
		Flags: append(placeFlags(), outputFlag()),
		Action: func(c *cli.Context) error {
			if err := noArgs(c); err != nil {
				return err
			}
			cfg, err := loadConfig(c)
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
			r := initReport{Store: b.URL(), ID: d.ID, Created: d.Created}
			return render(c, s.out, r, r.text)
		},
	}
}
