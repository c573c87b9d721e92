package cmd

import (
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// phaseReport is what delete and force-unlock print: where jobs' records are now.
type phaseReport struct {
	Jobs []jobPhase `json:"jobs"`
}

type jobPhase struct {
	Name   string         `json:"name"`
	Action journal.Action `json:"action"`
	Phase  journal.Phase  `json:"phase"`
	// Savepoint is the last one of a job that was deleted; Flink's URI.
	Savepoint string `json:"savepoint,omitempty"`
	// Problem is why a job was not deleted; Action and Phase are those of its record then.
	Problem string `json:"problem,omitempty"`
}

func (r phaseReport) text(w io.Writer) error {
	for _, j := range r.Jobs {
		what := string(j.Phase)
		if j.Action == journal.Delete {
			what = "deleted"
		}
		if j.Problem != "" {
			what = "not deleted"
		}
		fmt.Fprintf(w, "%s: %s\n", j.Name, what)
		if j.Problem != "" {
			fmt.Fprintf(w, "  problem: %s\n", j.Problem)
		}
		if j.Savepoint != "" {
			fmt.Fprintf(w, "  saved: %s\n", j.Savepoint)
		}
	}
	return nil
}

func deleteCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "delete",
		Usage:     "stop jobs with a savepoint and end their records; savepoints and releases stay in the bucket",
		ArgsUsage: "NAME…",
		Description: `   submitter delete orders

` + exits(exitDone, exitFailed, exitUsage, exitSomeFailed, exitHeld, exitInterrupted),
		Flags: append(placeFlags(), outputFlag(), &cli.BoolFlag{Name: "ignore-not-found", Usage: "it is no error if there is no record of a job"}, &cli.BoolFlag{Name: "wait", Usage: "wait for jobs that another command is deploying"}),
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return usagef("delete needs the name of a job")
			}
			return withRecords(c, func(p *place) error { return p.deleteAll(c, s, c.Args().Slice()) })
		},
	}
}

// deleteAll deletes jobs one after the other, each for itself.
func (p *place) deleteAll(c *cli.Context, s streams, names []string) error {
	r := phaseReport{Jobs: []jobPhase{}}
	var all []*apply.Assessment
	for _, name := range names {
		e, err := p.journal.Newest(c.Context, name)
		if err == nil && (e == nil || e.Action == journal.Delete) && c.Bool("ignore-not-found") {
			fmt.Fprintf(s.err, "%s: there is no record of it in %s\n", name, p.bucket.URL())
			continue
		}
		var saved string
		if err == nil {
			saved, err = p.delete(c, s, name)
		}
		j := jobPhase{Name: name, Action: journal.Delete, Phase: journal.Committed, Savepoint: saved}
		if err != nil {
			j = jobPhase{Name: name, Problem: err.Error()}
			if e != nil {
				j.Action, j.Phase = e.Action, e.Phase
			}
		}
		r.Jobs = append(r.Jobs, j)
		all = append(all, &apply.Assessment{Job: &manifest.Job{Name: name}, Err: err})
		if c.Context.Err() != nil {
			break
		}
	}
	if assessed(all) == 0 {
		return errorsOf(all)
	}
	return errors.Join(render(c, s.out, r, r.text), verdict(c.Context, all, changeReport{}))
}

// delete stops a job and ends its record. It returns where its last savepoint is.
func (p *place) delete(c *cli.Context, s streams, name string) (string, error) {
	stopped, all, err := p.grant(c, s, []string{name}, apply.Wish{State: manifest.Suspended, GiveUp: true})
	if err != nil {
		return "", err
	}
	if err := verdict(c.Context, all, stopped); err != nil {
		_ = stopped.text(s.err) // why it could not be stopped
		return "", err
	}
	e, err := p.journal.Newest(c.Context, name)
	if err != nil {
		return "", err
	}
	return saved(e), newApplier(c, s, p).Delete(c.Context, name)
}

// saved is the savepoint with which a job's last launch was stopped, if it was.
func saved(e *journal.Entry) string {
	if e == nil || e.Savepoint == nil || e.Launch == nil || e.Savepoint.Launch != e.Launch.Number {
		return ""
	}
	return e.Savepoint.Location
}

func forceUnlockCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "force-unlock",
		Usage:     "take a job from a command that hangs, and bring its deployment to an end",
		ArgsUsage: "NAME",
		Description: `Only needed when the holder still writes its heartbeat but does not get on: a holder that died is noticed
by every other command. The one that is unlocked stops acting as soon as it tries to write.

--gone is for a job whose launch is unknown because it was made on a machine, or in a cluster, that is no more: from then on it
counts as ended, and the next apply starts the job from its newest state. Should it run after all, it runs twice: be sure.

   submitter force-unlock orders
   submitter force-unlock orders --gone

` + exits(exitDone, exitFailed, exitUsage, exitInterrupted),
		Flags: append(placeFlags(), outputFlag(), &cli.BoolFlag{Name: "gone", Usage: "its launch has ended, with the machine or the cluster that it was on"}),
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usagef("force-unlock needs the name of one job")
			}
			return withRecords(c, func(p *place) error {
				if c.Bool("gone") {
					e, err := newApplier(c, s, p).Gone(c.Context, c.Args().First())
					if err != nil {
						return err
					}
					r := phaseReport{Jobs: []jobPhase{{Name: e.Name, Action: e.Action, Phase: e.Phase}}}
					return render(c, s.out, r, r.text)
				}
				if err := p.needFlinkFor(c.Context, c.Args().Slice()); err != nil {
					return err // the deployment may have got as far as starting something
				}
				e, err := newApplier(c, s, p).Unlock(c.Context, c.Args().First())
				switch {
				case c.Context.Err() != nil && e != nil:
					return leftAt(map[string]journal.Phase{e.Name: e.Phase})
				case err != nil:
					return err
				}
				r := phaseReport{Jobs: []jobPhase{{Name: e.Name, Action: e.Action, Phase: e.Phase}}}
				return render(c, s.out, r, r.text)
			})
		},
	}
}
