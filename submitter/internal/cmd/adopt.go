package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

func adoptCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "adopt",
		Usage:     "take over jobs that run without a record, or belong to another owner",
		ArgsUsage: "MANIFEST|FOLDER…|NAME…",
		Description: `With manifests: jobs that run on the target though this store has no record of them, since the journal was lost or
another store is used now. Each is stopped with a savepoint in this store and started again from it, as what its manifest says, under
the same rules as an upgrade: where state would be lost it is left alone (exit 3). What it runs must still be readable where it was
launched from. What was begun and cut off by a crash is continued by the next adopt or apply.

With names: the record gets this command's --owner; nothing that runs is touched. With manifests, too, if there is a record.

   submitter adopt manifests/orders.yaml --dry-run
   submitter adopt manifests/orders.yaml
   submitter adopt orders --owner team-b

` + exitCodes,
		Flags: append(append(placeFlags(), manifestFlags()...),
			&cli.BoolFlag{Name: "dry-run", Usage: "say what would be done, and do nothing"},
			&cli.BoolFlag{Name: "clean", Usage: "start without state where state is in the way; savepoints are kept"},
			&cli.StringSliceFlag{Name: "approve", Usage: "approve the change with this `ID`, where --dry-run prints one (state stays mixed, is lost, or is vouched for)"},
			&cli.BoolFlag{Name: "wait", Usage: "wait for jobs that another command is deploying"},
			&cli.IntFlag{Name: "parallelism", Value: deployAtOnce, Usage: "deploy `N` jobs at once"},
			outputFlag(),
		),
		Action: func(c *cli.Context) error {
			files, err := adoptsManifests(c)
			switch {
			case err != nil:
				return err
			case files:
				open := workOn
				if c.Bool("dry-run") {
					open = looking(c)
				}
				return withJobs(c, s, open, func(w *work) error { return w.adopt(c, s) })
			}
			return withRecords(c, func(p *place) error { return p.adoptRecords(c, s) })
		},
	}
}

// adoptsManifests reports whether the command line names manifests, or jobs.
func adoptsManifests(c *cli.Context) (bool, error) {
	files := len(c.StringSlice("path")) + len(c.StringSlice("job-config-path"))
	names := 0
	for _, arg := range c.Args().Slice() {
		info, err := os.Stat(arg)
		if strings.ContainsRune(arg, '/') || filepath.Ext(arg) != "" || err == nil && info.IsDir() {
			files++
		} else {
			names++
		}
	}
	switch {
	case files+names == 0:
		return false, usagef("adopt needs manifests, or names of jobs")
	case files > 0 && names > 0:
		return false, usagef("adopt takes manifests or names of jobs, not both at once")
	}
	return files > 0, nil
}

// adoptRecords changes the owner of recorded jobs, each for itself.
func (p *place) adoptRecords(c *cli.Context, s streams) error {
	r := changeReport{Jobs: []jobChange{}}
	var all []*apply.Assessment
	for _, name := range c.Args().Slice() {
		before, err := newApplier(c, s, p).Adopt(c.Context, name)
		a := &apply.Assessment{Job: &manifest.Job{Name: name}, Err: err}
		all = append(all, a)
		if err != nil {
			r.Jobs = append(r.Jobs, changeOf(a))
			continue
		}
		r.Jobs = append(r.Jobs, owned(name, p.owner, before))
	}
	if assessed(all) == 0 {
		return errorsOf(all)
	}
	return errors.Join(render(c, s.out, r, r.text), verdict(c.Context, all, r))
}

// owned is the change of a record's owner.
func owned(name, owner, before string) jobChange {
	return jobChange{Name: name, Action: change.Record, Reason: fmt.Sprintf("owner %s, was %s", owner, before)}
}

// adopt takes over what runs without a record.
func (w *work) adopt(c *cli.Context, s streams) error {
	ctx, dry := c.Context, c.Bool("dry-run")
	changed, kept, err := w.changeOwners(ctx, dry)
	if err != nil {
		return err
	}
	w.again = func(ctx context.Context, a *apply.Assessment) (*apply.Assessment, error) {
		all, err := w.applier.AssessAdoption(ctx, []*manifest.Job{a.Job})
		if err != nil {
			return nil, err
		}
		return all[0], nil
	}
	all, err := w.applier.AssessAdoption(ctx, w.jobs)
	if err != nil {
		return err
	}
	if err := stops(all); err != nil {
		return err
	}
	all = append(all, kept...)
	warnOfStale(c, s, all)
	tellOfStrays(s, all)
	r := changeReport{Jobs: []jobChange{}}
	if dry {
		for _, a := range all {
			r.Jobs = append(r.Jobs, changeOf(a))
		}
	} else {
		r = w.carryAll(ctx, all, max(c.Int("parallelism"), 1))
	}
	if r.Jobs = append(changed, r.Jobs...); len(all) == 0 {
		return w.print(c, s, r)
	}
	if err := w.print(c, s, r); err != nil {
		return err
	}
	return verdict(ctx, all, r)
}

// changeOwners is for the jobs that have a record of another owner; the others stay
// in w. kept are those whose owner could not be changed.
func (w *work) changeOwners(ctx context.Context, dry bool) (changed []jobChange, kept []*apply.Assessment, err error) {
	var rest []*manifest.Job
	for _, job := range w.jobs {
		r, err := w.place.journal.Newest(ctx, job.Name)
		if err != nil {
			return nil, nil, err
		}
		if r == nil || r.Action == journal.Delete || r.Owner == w.place.owner {
			rest = append(rest, job)
			continue
		}
		if !dry {
			if err := w.changeOwner(ctx, r); err != nil {
				kept = append(kept, &apply.Assessment{Job: job, Facts: change.Facts{Record: r}, Err: err})
				continue
			}
		}
		changed = append(changed, owned(job.Name, w.place.owner, r.Owner))
	}
	w.jobs = rest
	return changed, kept, ctx.Err()
}

// changeOwner changes the owner of a job's record, once what was cut off is at its end.
func (w *work) changeOwner(ctx context.Context, r *journal.Entry) error {
	if !r.Phase.Final() {
		var failed failedDeployment
		if _, err := w.applier.Continue(ctx, r.Name); err != nil && !errors.As(err, &failed) {
			return err
		}
	}
	_, err := w.applier.Adopt(ctx, r.Name)
	return err
}

// tellOfStrays shows what was found.
func tellOfStrays(s streams, all []*apply.Assessment) {
	for _, a := range all {
		for _, f := range a.Strays() {
			fmt.Fprintf(s.err, "%s: cluster %s runs job %s (%s): plan %s\n", a.Job.Name, f.Launch.ClusterID, f.Launch.JobID, f.Observation.Proof, f.Launch.PlanURI)
		}
	}
}
