package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/urfave/cli/v2"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// deployAtOnce is how many jobs are deployed side by side unless --parallelism
// says otherwise.
const deployAtOnce = 4

func applyCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "apply",
		Aliases:   []string{"deploy"},
		Usage:     "make the world match the manifests",
		ArgsUsage: "MANIFEST|FOLDER…",
		Description: `Every manifest is read, compiled and judged before anything that runs is touched. Jobs whose state a change would
lose are left alone (exit 3). What was begun and cut off by a crash is continued, beside the other jobs.

   submitter apply manifests/
   submitter apply manifests/ --dry-run
   submitter apply manifests/ --prune --yes

` + exitCodes,
		Flags: append(append(placeFlags(), manifestFlags()...), append(policyFlags(),
			&cli.BoolFlag{Name: "dry-run", Usage: "say what would be done, and do nothing"},
			&cli.BoolFlag{Name: "keep-going", Usage: "go on with the other jobs when one is wrong"},
			&cli.BoolFlag{Name: "wait", Usage: "wait for jobs that another command is deploying"},
			&cli.BoolFlag{Name: "prune", Usage: "stop jobs of this owner that no manifest names, with a savepoint"},
			&cli.BoolFlag{Name: "yes", Usage: "prune more than 3 jobs"},
			&cli.IntFlag{Name: "parallelism", Value: deployAtOnce, Usage: "deploy `N` jobs at once"},
			outputFlag(),
		)...),
		Action: func(c *cli.Context) error {
			if c.Bool("dry-run") {
				return diff(c, s, false)
			}
			return withJobs(c, s, workOn, func(w *work) error { return w.apply(c, s) })
		},
	}
}

// apply carries everything out and prints the report.
func (w *work) apply(c *cli.Context, s streams) error {
	ctx := c.Context
	w.tellStore(c, s)
	keepGoing := c.Bool("keep-going")
	atOnce := max(c.Int("parallelism"), 1)
	known, err := w.applier.Records(ctx)
	if err != nil {
		return err
	}
	all, err := w.applier.AssessFrom(ctx, w.jobs, known)
	switch {
	case ctx.Err() != nil:
		return &interruptedError{[]string{"no job was touched"}}
	case err != nil:
		return err
	}
	apply.Launchable(all)
	if err := stops(all); err != nil && !keepGoing {
		w.continueOnly(ctx, all, atOnce)
		return err
	}
	gone, err := w.pruned(c, all)
	if err != nil {
		return err
	}
	all = append(all, gone...)
	warnOfStale(c, s, all)
	warnings := w.unnamed(known, gone)
	if tells(c) { // before anything is done, since it may not be what was meant
		changeReport{Warnings: warnings}.warn(s.err)
	}
	r := w.carryAll(ctx, all, atOnce)
	r.Warnings, r.told = warnings, true
	if err := w.print(c, s, r); err != nil {
		return err
	}
	return verdict(ctx, all, r)
}

// warnOfStale names the ids of --approve that approve nothing: the change is
// another one by now, or was made already.
func warnOfStale(c *cli.Context, s streams, all []*apply.Assessment) {
	for _, id := range c.StringSlice("approve") {
		if !slices.ContainsFunc(all, func(a *apply.Assessment) bool { return a.Decision.Approved == id }) {
			fmt.Fprintf(s.err, "warning: --approve %s approves no change that is pending\n", id)
		}
	}
}

// carryAll deploys, some jobs at once, and reports on all. Each job stands alone: what is
// wrong with one, or who holds it, keeps no other.
func (w *work) carryAll(ctx context.Context, all []*apply.Assessment, atOnce int) changeReport {
	r := changeReport{Jobs: make([]jobChange, len(all))}
	slots := make(chan struct{}, atOnce)
	var wg sync.WaitGroup
	for i, s := range all {
		r.Jobs[i] = w.changeOf(s)
		if !touches(s) {
			continue
		}
		wg.Go(func() {
			e, err := w.carry(ctx, s, slots)
			r.Jobs[i] = w.changeOf(s)
			if err != nil || touches(s) && !s.OnlyNotes() { // that a finished job is recorded as such is no change
				r.Jobs[i].finish(e, err)
			}
			if err == nil && s.Neglected() {
				r.Jobs[i].Result = deploy.Repaired
			}
			s.Err = err
		})
	}
	wg.Wait()
	return r
}

// touches reports whether a job is not simply left as it is.
func touches(s *apply.Assessment) bool {
	kind := s.Decision.Kind
	return s.Err == nil && (s.Unfinished || s.Decision.Acts() || kind == change.Record || kind == change.ChangeCatalog || s.Neglected() || s.OnlyNotes())
}

// carry deploys one job, in one of the slots. What was cut off is brought to its end
// first, and so is what another command began meanwhile if this one is to wait; s is
// assessed anew after that.
func (w *work) carry(ctx context.Context, s *apply.Assessment, slots chan struct{}) (*journal.Entry, error) {
	const enough = 3 // looks at a job that ends again and again
	for tries := 1; ; tries++ {
		if s.Unfinished {
			if e, err := w.proceed(ctx, s, slots); err != nil || !touches(s) {
				return e, err
			}
		}
		if s.Decision.Kind == change.ChangeCatalog {
			e, err := inSlot(ctx, slots, func() (*journal.Entry, error) { return w.applier.ChangeCatalogs(ctx, s) })
			if err != nil || !touches(s) {
				return e, err
			}
		}
		e, err := inSlot(ctx, slots, func() (*journal.Entry, error) { return w.applier.Carry(ctx, s) })
		var ended *deploy.EndedError
		if errors.As(err, &ended) && tries < enough { // it was taken for running
			anew, aerr := w.assessAgain(ctx, s)
			if aerr != nil {
				return e, aerr
			}
			if *s = *anew; s.Err != nil || !touches(s) {
				return e, s.Err
			}
			continue
		}
		late := e == nil && errors.Is(err, journal.ErrTaken)
		if !late || !w.applier.Wait || s.Job.File == "" {
			return e, err
		}
		s.Unfinished = true // somebody else's
	}
}

// proceed brings a deployment that was cut off to its end, and assesses its job anew.
// Nobody takes a slot while he waits for another command.
func (w *work) proceed(ctx context.Context, s *apply.Assessment, slots chan struct{}) (*journal.Entry, error) {
	from := s.Facts.Record
	e, err := w.applier.Await(ctx, s.Job.Name)
	if err == nil && e != nil && !e.Phase.Final() {
		from = e
		e, err = inSlot(ctx, slots, func() (*journal.Entry, error) { return w.applier.Supersede(ctx, s, e) })
	}
	var failed failedDeployment
	if err != nil && !errors.As(err, &failed) { // a failure is in the record; what follows is decided anew
		if e == nil {
			e = from
		}
		return e, err
	}
	w.noteContinued(s.Job.Name, continued{from, e, from != nil && s.Supersedes(from)})
	anew, err := w.assessAgain(ctx, s)
	if err == nil {
		*s = *anew
		err = s.Err
	}
	return e, err
}

// inSlot calls f once one of the slots is free.
func inSlot(ctx context.Context, slots chan struct{}, f func() (*journal.Entry, error)) (*journal.Entry, error) {
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return f()
}

// assessAgain assesses a job as it was assessed before.
func (w *work) assessAgain(ctx context.Context, s *apply.Assessment) (*apply.Assessment, error) {
	switch {
	case w.again != nil:
		return w.again(ctx, s)
	case s.Job.File == "":
		return w.applier.Orphan(ctx, s.Job.Name)
	}
	all, err := w.applier.Assess(ctx, []*manifest.Job{s.Job})
	if err != nil {
		return nil, err
	}
	apply.Launchable(all)
	return all[0], nil
}

func (w *work) noteContinued(name string, c continued) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.continued == nil {
		w.continued = make(map[string]continued)
	}
	if c.from != nil && c.end != nil && !c.from.Phase.Final() {
		w.continued[name] = c
	}
}

// continueOnly brings what was cut off to its end, for a command that goes no further.
func (w *work) continueOnly(ctx context.Context, all []*apply.Assessment, atOnce int) {
	w.again = func(_ context.Context, s *apply.Assessment) (*apply.Assessment, error) {
		return &apply.Assessment{Job: s.Job, Decision: change.Decision{Kind: change.Nothing}}, nil
	}
	unfinished := slices.DeleteFunc(slices.Clone(all), func(s *apply.Assessment) bool { return !s.Unfinished })
	for _, s := range unfinished {
		s.Ahead = nil // what would follow does not
	}
	w.carryAll(ctx, unfinished, atOnce)
}

// errorsOf joins what is wrong with single jobs.
func errorsOf(all []*apply.Assessment) error {
	var errs []error
	for _, s := range all {
		if s.Err != nil {
			errs = append(errs, s.Err)
		}
	}
	return errors.Join(errs...)
}

// stops is errorsOf without what concerns no other job and is no mistake of a
// manifest: the others are gone on with, if there are any.
func stops(all []*apply.Assessment) error {
	var rest []*apply.Assessment
	for _, s := range all {
		var (
			unreadable *journal.UnreadableError
			unseen     *apply.UnseenError
		)
		if err := s.Mistake(); !errors.As(err, &unreadable) && !errors.As(err, &unseen) {
			rest = append(rest, s)
		}
	}
	if len(rest) == 0 {
		rest = all
	}
	var errs []error
	for _, s := range rest {
		errs = append(errs, s.Mistake())
	}
	return errors.Join(errs...)
}

// verdict turns what became of the jobs into the command's error.
func verdict(ctx context.Context, all []*apply.Assessment, r changeReport) error {
	if ctx.Err() != nil {
		phases := make(map[string]journal.Phase)
		for _, j := range r.Jobs {
			phases[j.Name] = j.Result
		}
		return leftAt(phases)
	}
	var blocked, failed, held []string
	for _, s := range all {
		switch {
		case isHeld(s.Err):
			held = append(held, s.Job.Name)
		case s.Err != nil, s.Decision.Kind == change.Unclear, s.Decision.Kind == change.Refused:
			failed = append(failed, s.Job.Name)
		case s.Decision.Kind == change.Blocked:
			blocked = append(blocked, s.Job.Name)
		}
	}
	switch {
	case len(failed) > 0:
		return &failedJobsError{failed, len(all), errorsOf(all)}
	case len(blocked) > 0:
		return &blockedError{blocked}
	case len(held) > 0:
		return &heldJobsError{held, errorsOf(all)}
	}
	return nil
}

// pruned are assessments of jobs that have a record of this owner and no manifest.
func (w *work) pruned(c *cli.Context, all []*apply.Assessment) ([]*apply.Assessment, error) {
	if !c.Bool("prune") {
		return nil, nil
	}
	if len(w.jobs) == 0 {
		return nil, usagef("--prune with no manifest at all would stop every job; name a folder that holds some")
	}
	if w.leftOut {
		return nil, usagef("--prune would stop the jobs of the manifests that were left out for their mistakes; mend those first, or apply without --prune")
	}
	known := make(map[string]bool)
	for _, s := range all {
		known[s.Job.Name] = true
	}
	gone, err := w.applier.Orphans(c.Context, known)
	if err != nil {
		return nil, err
	}
	const unasked = 3
	if n := assessed(gone); n > unasked && !c.Bool("yes") {
		return nil, usagef("--prune would stop %d jobs; say --yes if that is meant", n)
	}
	return gone, nil
}

// assessed counts the jobs of which it is known what is to be done.
func assessed(all []*apply.Assessment) int {
	n := 0
	for _, s := range all {
		if s.Err == nil {
			n++
		}
	}
	return n
}

func policyFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "clean", Usage: "start without state where state is in the way; savepoints are kept"},
		&cli.StringSliceFlag{Name: "approve", Usage: "approve the change with this `ID`, where diff prints one (state stays mixed, is lost, or is vouched for)"},
		&cli.BoolFlag{Name: "refresh", Usage: "compile even if no manifest changed: catalogs may have"},
		&cli.BoolFlag{Name: "reset-state", Usage: "forget stop, resume and cancel by hand; the manifest's state holds"},
	}
}

func policyOf(c *cli.Context, owner string) change.Policy {
	return change.Policy{
		Owner: owner, Clean: c.Bool("clean"), Approve: c.StringSlice("approve"),
		Refresh: c.Bool("refresh"), ResetState: c.Bool("reset-state"),
	}
}

// manifestFlags say which manifests a command works on.
func manifestFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "path", Usage: "manifest or folder; the same as an argument"},
		&cli.StringSliceFlag{Name: "job-config-path", Usage: "one manifest; the same as an argument"},
		&cli.StringFlag{Name: "template-file", Usage: "defaults under every manifest"},
		&cli.StringSliceFlag{Name: "table-definition-path", Usage: "DDL to run before every query; several `FILES` may follow"},
		&cli.StringSliceFlag{Name: "var", Usage: "`NAME=VALUE` for ${NAME}"},
		&cli.StringSliceFlag{Name: "var-file", Usage: "YAML file of variables"},
		&cli.IntFlag{Name: "compile-parallelism", Value: compileAtOnce, Usage: "compile `N` manifests at once"},
		&cli.StringFlag{Name: "plan-handover", Usage: "how plans come back from the gateway: file, store or query"},
		&cli.StringFlag{Name: "gateway", EnvVars: []string{"SUBMITTER_GATEWAY"}, Usage: "SQL Gateway's `URL` (default: submitter.yaml's, else one that is started here)"},
		&cli.StringFlag{Name: "deployment-target", Aliases: []string{"target"}, Usage: "where jobs run: local, kubernetes, or a name of submitter.yaml (yarn and remote are not built yet)"},
		&cli.StringFlag{Name: "jobmanager-address", Usage: "of a session cluster: not built yet"},
		&cli.StringFlag{Name: "external-job-config-bucket", Usage: "S3 `BUCKET`; the same as --store s3://BUCKET"},
		&cli.StringFlag{Name: "external-job-config-prefix", Usage: "the manifests' `PREFIX` in that bucket; what stands before manifests/ is the store's"},
		&cli.StringFlag{Name: "pyflink-runner-dir", Usage: "accepted and not needed"},
		&cli.StringFlag{Name: "pyexec-path", Usage: "accepted and not needed"},
	}
}

func outputFlag() cli.Flag {
	return &cli.StringFlag{Name: "output", Aliases: []string{"o"}, Value: outputTable, Usage: "table, json or yaml"}
}

// The formats of -o.
const (
	outputTable = "table"
	outputJSON  = "json"
	outputYAML  = "yaml"
)
