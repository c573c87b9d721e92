package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/urfave/cli/v2"
	"gopkg.in/yaml.v3"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/compile"
	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// failedDeployment is the end of a deployment without success.
type failedDeployment = *deploy.FailedError

// work is a place with the jobs to work on.
type work struct {
	place   *place
	jobs    []*manifest.Job
	applier *apply.Applier
	// leftOut: manifests with mistakes were left out, so that what they name is not known.
	leftOut bool
	// again assesses a job as it was assessed before; nil: by its manifest, if it has one.
	again func(ctx context.Context, s *apply.Assessment) (*apply.Assessment, error)

	mu sync.Mutex
	// continued are the deployments that were cut off and brought to their end, by job.
	continued map[string]continued
}

// withJobs loads the manifests that the command line names, opens the place they
// belong to and calls f.
func withJobs(c *cli.Context, s streams, open opener, f func(*work) error) error {
	set, err := loadManifests(c, s)
	var bad *manifest.Error
	if err != nil && !(c.Bool("keep-going") && errors.As(err, &bad) && set != nil && len(set.Jobs) > 0) {
		return err
	}
	err = withSet(c, s, set, open, func(w *work) error {
		w.leftOut = bad != nil
		return f(w)
	})
	if bad != nil {
		err = &leftOutError{bad, err} // whatever became of the others
	}
	return err
}

func withSet(c *cli.Context, s streams, set *manifest.Set, open opener, f func(*work) error) error {
	p, err := openPlace(c, set.Config, open)
	if err != nil {
		return err
	}
	if err := p.needFlink(c, set.Jobs); err != nil {
		return errors.Join(err, p.bucket.Close())
	}
	w := &work{place: p, jobs: set.Jobs, applier: newApplier(c, s, p)}
	return errors.Join(p.tellOfGateway(f(w)), p.bucket.Close())
}

// looking is how commands that only compile and compare open a store: one on this
// machine is not made for them. But where the gateway is to hand plans over in it, it
// has to be there.
func looking(c *cli.Context) opener {
	if compile.Handover(c.String("plan-handover")) == compile.Store {
		return workOn
	}
	return lookAt
}

// tellStore says where records are looked for, for those who read along: in another
// folder it may be another store.
func (w *work) tellStore(c *cli.Context, s streams) {
	if tells(c) {
		fmt.Fprintf(s.err, "store: %s\n", w.place.bucket.URL())
	}
}

// tells reports whether people read along, rather than a program.
func tells(c *cli.Context) bool {
	o := c.String("output")
	return o == "" || o == outputTable
}

func loadManifests(c *cli.Context, s streams) (*manifest.Set, error) {
	if err := checkHandover(c); err != nil {
		return nil, err
	}
	paths := append(append(c.StringSlice("path"), c.StringSlice("job-config-path")...), c.Args().Slice()...)
	if len(paths) == 0 {
		return nil, usagef("name a manifest or a folder of manifests")
	}
	vars := make(map[string]string)
	for _, v := range c.StringSlice("var") {
		name, value, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return nil, usagef("--var %q is not NAME=VALUE", v)
		}
		vars[name] = value
	}
	set, err := manifest.Load(c.Context, manifest.Options{
		Paths:            paths,
		Template:         c.String("template-file"),
		TableDefinitions: c.StringSlice("table-definition-path"),
		Vars:             vars,
		VarFiles:         c.StringSlice("var-file"),
		Config:           c.String("config"),
		Target:           c.String("deployment-target"),
		Env:              lookupEnv,
		Stdin:            s.in,
		Remote:           readRemote,
	})
	if set != nil {
		for _, w := range set.Warnings {
			fmt.Fprintf(s.err, "warning: %s\n", w)
		}
		err = errors.Join(checkTarget(c, set.Config), err)
	}
	return set, err
}

func newApplier(c *cli.Context, s streams, p *place) *apply.Applier {
	a := &apply.Applier{
		Bucket: p.bucket, BucketID: p.bucketID, Journal: p.journal,
		Home: p.targets.home, At: p.targets.at,
		Git:      revision(c.Context, p.dir),
		FileOf:   p.fileName,
		Policy:   policyOf(c, p.owner),
		Wait:     c.Bool("wait"),
		Progress: story(s),
		Files:    p.files,
		Library:  p.library(),
		Step:     atEntry(),
	}
	if c.Bool("verbose") {
		a.Log = s.err
	}
	a.Compile = func(ctx context.Context, r []apply.Request) []apply.Result { return p.compile(ctx, c, r) }
	a.Change = func(ctx context.Context, r apply.Request, each func(change.CatalogChange, func() error) error) error {
		return p.changeCatalogs(ctx, c, r, each)
	}
	a.Inspect = a.ReadSavepoint
	a.Load = func(ctx context.Context, l []apply.Loading) []error { return p.load(ctx, c, l) }
	return a
}

// story tells deployments' progress on stderr, one line for each event.
func story(s streams) func(string, journal.Phase, string) {
	var mu sync.Mutex
	start := time.Now()
	told := make(map[string]string)
	return func(name string, phase journal.Phase, text string) {
		mu.Lock()
		defer mu.Unlock()
		const long = 40
		if told[name] == text && len(text) > long { // the reason of a rollback is that of each of its steps
			fmt.Fprintf(s.err, "%6.1fs  %s: %s\n", time.Since(start).Seconds(), name, phase)
			return
		}
		told[name] = text
		fmt.Fprintf(s.err, "%6.1fs  %s: %s (%s)\n", time.Since(start).Seconds(), name, phase, text)
	}
}

// revision is the git revision of a directory, empty where there is none.
func revision(ctx context.Context, dir string) string {
	out, err := exec.CommandContext(ctx, "git", "-C", dir, "rev-parse", "--verify", "-q", "HEAD").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// print renders a report as the command line asks.
func (w *work) print(c *cli.Context, s streams, r changeReport) error {
	r.verbose = c.Bool("verbose")
	return render(c, s.out, r, r.text)
}

// render prints v as JSON or YAML, or by text.
func render(c *cli.Context, out io.Writer, v any, text func(io.Writer) error) error {
	switch c.String("output") {
	case outputJSON:
		return printJSON(out, v)
	case outputYAML:
		return printYAML(out, v)
	}
	return text(out)
}

// printYAML has the same keys as the JSON: it is made from it.
func printYAML(out io.Writer, v any) error {
	var b strings.Builder
	if err := printJSON(&b, v); err != nil {
		return err
	}
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(b.String()), &n); err != nil {
		return err
	}
	block(&n)
	enc := yaml.NewEncoder(out)
	enc.SetIndent(2)
	return errors.Join(enc.Encode(&n), enc.Close())
}

// block turns JSON's flow style into YAML's usual one.
func block(n *yaml.Node) {
	n.Style = 0
	for _, c := range n.Content {
		block(c)
	}
}

// diff says what apply would do.
func diff(c *cli.Context, s streams, exitCode bool) error {
	return withJobs(c, s, looking(c), func(w *work) error {
		w.tellStore(c, s)
		known, err := w.applier.Records(c.Context)
		if err != nil {
			return err
		}
		all, err := w.applier.AssessFrom(c.Context, w.jobs, known)
		if err != nil {
			return err
		}
		if err := stops(all); err != nil && !c.Bool("keep-going") {
			return err
		}
		gone, err := w.pruned(c, all)
		if err != nil {
			return err
		}
		all = append(all, gone...)
		warnOfStale(c, s, all)
		r := changeReport{Jobs: []jobChange{}, Warnings: w.unnamed(known, gone)}
		pending := 0
		for _, a := range all {
			j := changeOf(a)
			if a.Neglected() {
				j.Reason += "; " + a.Facts.Seen.Problem
			}
			r.Jobs = append(r.Jobs, j)
			if a.Unfinished || a.Decision.Kind != change.Nothing || a.Neglected() {
				pending++
			}
		}
		if err := w.print(c, s, r); err != nil {
			return err
		}
		if err := verdict(c.Context, all, r); err != nil {
			return err
		}
		if exitCode && pending > 0 {
			return &pendingError{pending}
		}
		return nil
	})
}

func diffCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "diff",
		Usage:     "say what apply would do, and what that means for state",
		ArgsUsage: "MANIFEST|FOLDER…",
		Description: `The same as apply --dry-run: manifests are compiled and compared with what runs, and nothing is touched. Each change is
printed with its effect, each operator with state with its verdict, and what stands in the way of a change that would lose some.

   submitter diff manifests/
   submitter diff orders.yaml --exit-code -o json

` + exitCodes,
		Flags: append(append(placeFlags(), manifestFlags()...), append(policyFlags(),
			&cli.BoolFlag{Name: "exit-code", Usage: "exit 6 if something would change"},
			&cli.BoolFlag{Name: "prune", Usage: "include what --prune would stop"},
			&cli.BoolFlag{Name: "yes", Hidden: true},
			&cli.BoolFlag{Name: "keep-going", Usage: "go on with the other jobs when one is wrong"},
			outputFlag(),
		)...),
		Action: func(c *cli.Context) error { return diff(c, s, c.Bool("exit-code")) },
	}
}
