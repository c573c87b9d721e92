package cmd

import (
	"fmt"
	"io"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/urfave/cli/v2"

	"flink-sql-driver/submitter/internal/journal"
)

type historyReport struct {
	Entries []*journal.Entry `json:"entries"`
	store   string           // where they are
}

func historyCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "history",
		Usage:     "the journal of a job: every deployment, step by step",
		ArgsUsage: "NAME",
		Description: `   submitter history orders
   submitter history orders -o json

` + exits(exitDone, exitFailed, exitUsage, exitInterrupted),
		Flags: append(placeFlags(), outputFlag()),
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usagef("history needs the name of one job")
			}
			return withRecords(c, func(p *place) error {
				entries, err := p.journal.History(c.Context, c.Args().First())
				if err != nil {
					return err
				}
				if len(entries) == 0 {
					return fmt.Errorf("%s: there is no record of it in %s", c.Args().First(), p.bucket.URL())
				}
				r := historyReport{Entries: entries, store: p.bucket.URL()}
				return render(c, s.out, r, r.text)
			})
		},
	}
}

func (r historyReport) text(w io.Writer) error {
	fmt.Fprintf(w, "journal/%s in %s\n", r.Entries[0].Name, r.store)
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"#", "Time", "Action", "Phase", "Launch", "Version", "By", "Why"})
	for _, e := range r.Entries {
		var launch uint64
		if e.Launch != nil {
			launch = e.Launch.Number
		}
		t.AppendRow(table.Row{e.Number, e.Time.Format(time.RFC3339), e.Action, e.Phase, launch, e.Meta.QueryVersion, e.Holder.User, short(firstOf(e.Problem, e.Reason))})
	}
	t.Render()
	return nil
}
