package cmd

import (
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v2"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/compat"
	"flink-sql-driver/submitter/internal/change"
)

func planCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:  "plan",
		Usage: "compiled plans by hand: show, compare, align, canonical form",
		Subcommands: []*cli.Command{
			{
				Name: "canonical", Usage: "print a plan's canonical form", ArgsUsage: "FILE",
				Description: `Two compilations of the same SQL have the same canonical form, and its SHA-256 is the plan's digest.

   submitter plan canonical orders.json | sha256sum

` + exits(exitDone, exitFailed, exitUsage),
				Action: func(c *cli.Context) error {
					plans, err := readPlans(c, 1)
					if err != nil {
						return err
					}
					_, err = s.out.Write(plans[0].Canonical())
					return err
				},
			},
			{
				Name: "show", Usage: "print a plan's operators", ArgsUsage: "FILE", Flags: []cli.Flag{outputFlag()},
				Description: `With their ids, and which of them have state.

   submitter plan show orders.json

` + exits(exitDone, exitFailed, exitUsage),
				Action: func(c *cli.Context) error {
					plans, err := readPlans(c, 1)
					if err != nil {
						return err
					}
					r := showPlan(plans[0])
					return render(c, s.out, r, r.text)
				},
			},
			{
				Name: "diff", Usage: "say what a new plan does to the state of an old one", ArgsUsage: "OLD NEW",
				Description: `OLD is the plan as it runs: releases/NAME/DIGEST/plan.json in the store, with the digest that status -o json calls release.
What compile prints has ids of its own, so it can be NEW, and OLD only where no savepoint is named. With a savepoint or
checkpoint of what runs, the verdict is checked a second time against what that holds, and says how many bytes of state
every operator has.

   submitter plan diff .flink-sql/store/releases/orders/4f1c…/plan.json new.json
   submitter plan diff old.json new.json --savepoint .flink-sql/store/savepoints/orders/1/1-8c0f… -o json

` + exits(exitDone, exitFailed, exitUsage, exitBlocked),
				Flags: append(storeFlags(),
					&cli.StringFlag{Name: "savepoint", Usage: "savepoint or checkpoint of OLD: a `PATH` or URI of its directory, reached as the store is"},
					&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "print every reason in full"},
					outputFlag(),
				),
				Action: func(c *cli.Context) error { return planDiff(c, s) },
			},
			{
				Name: "align", Usage: "print the new plan with the old one's ids where state carries on", ArgsUsage: "OLD NEW",
				Description: `OLD is the plan as it runs: releases/NAME/DIGEST/plan.json in the store. Where nothing of its state can be carried on, nothing is printed.

   submitter plan align old.json new.json > aligned.json

` + exits(exitDone, exitFailed, exitUsage, exitBlocked),
				Action: func(c *cli.Context) error {
					plans, err := readPlans(c, 2)
					if err != nil {
						return err
					}
					v := compat.Judge(plans[0], plans[1])
					if v.Job == compat.Blocked {
						return &blockedError{v.Why}
					}
					_, err = s.out.Write(v.Aligned.Bytes())
					return err
				},
			},
		},
	}
}

func planDiff(c *cli.Context, s streams) error {
	plans, err := readPlans(c, 2)
	if err != nil {
		return err
	}
	v := compat.Judge(plans[0], plans[1])
	if where := c.String("savepoint"); where != "" {
		held, err := inspect(c, where)
		if err != nil {
			return err
		}
		v = v.Against(plans[0], held)
	}
	if err := render(c, s.out, v, func(w io.Writer) error { return verdictText(w, v, c.Bool("verbose")) }); err != nil {
		return err
	}
	if v.Job == compat.Blocked {
		return &blockedError{[]string{c.Args().Get(1)}}
	}
	return nil
}

// maxPlan bounds a plan that is read from a file; Flink itself reads it whole.
const maxPlan = 256 << 20

func readPlans(c *cli.Context, n int) ([]*plan.Compiled, error) {
	if c.NArg() != n {
		return nil, usagef("%s takes %s, got %d arguments", verb(c), c.Command.ArgsUsage, c.NArg())
	}
	var plans []*plan.Compiled
	for _, name := range c.Args().Slice() {
		data, err := readFile(name, maxPlan)
		if err != nil {
			return nil, err
		}
		p, err := plan.Parse(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		plans = append(plans, p)
	}
	return plans, nil
}

func readFile(name string, max int64) ([]byte, error) {
	in, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, max+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if int64(len(data)) > max {
		return nil, fmt.Errorf("%s is larger than %d bytes", name, max)
	}
	return data, nil
}

type planReport struct {
	FlinkVersion string     `json:"flinkVersion"`
	Digest       string     `json:"digest"`
	Nodes        []planNode `json:"nodes"`
}

type planNode struct {
	ID          int    `json:"id"`
	Type        string `json:"type"`
	Stateful    bool   `json:"stateful"`
	Description string `json:"description"`
}

func showPlan(p *plan.Compiled) planReport {
	r := planReport{FlinkVersion: p.FlinkVersion(), Digest: p.Digest()}
	for _, n := range p.Nodes() {
		r.Nodes = append(r.Nodes, planNode{ID: n.ID, Type: n.Type, Stateful: n.Stateful(), Description: n.Description})
	}
	return r
}

func (r planReport) text(w io.Writer) error {
	fmt.Fprintf(w, "Flink %s, digest %s\n", r.FlinkVersion, r.Digest)
	for _, n := range r.Nodes {
		state := ""
		if n.Stateful {
			state = "state"
		}
		fmt.Fprintf(w, "%4d  %-24s %-5s  %s\n", n.ID, n.Type, state, n.Description)
	}
	return nil
}

func verdictText(w io.Writer, v compat.Verdict, verbose bool) error {
	fmt.Fprintln(w, v.Job)
	j := jobChange{Verdict: v.Job, Operators: v.Operators, Why: v.Why, brief: v.Brief}
	if v.Job == compat.Blocked {
		j.Action = change.Blocked
	}
	if v.Job == compat.Partial || v.Job == compat.None || v.Approvable {
		j.Remedy = "`submitter diff` of the manifest prints the id of this change; apply --approve ID accepts it"
	}
	j.reasons(w, verbose)
	if j.Remedy != "" {
		fmt.Fprintf(w, "  to go on: %s\n", j.Remedy)
	}
	return nil
}
