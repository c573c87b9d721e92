package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/urfave/cli/v2"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/submitter/internal/dist"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/resource"
	"flink-sql-driver/submitter/internal/target/local"
)

const (
	localDir     = ".flink-sql" // of the local store and of everything that runs here
	defaultOwner = "default"

	storeVariable  = "SUBMITTER_STORE"
	configVariable = "SUBMITTER_CONFIG"
)

func getenv(name string) string { return os.Getenv(name) }

// placeFlags are the flags that say where a command works.
func placeFlags() []cli.Flag {
	return append(storeFlags(),
		&cli.StringFlag{Name: "owner", EnvVars: []string{"SUBMITTER_OWNER"}, Usage: "whose jobs this command acts for"},
		&cli.BoolFlag{Name: "stock-start", EnvVars: []string{"SUBMITTER_STOCK_START"}, Usage: "start Flink by its own scripts, without our tuning"},
		verboseFlag(),
	)
}

// storeFlags say which store is meant.
func storeFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "store", EnvVars: []string{storeVariable}, Usage: "bucket `URL`, with ?prefix= for one environment (default: file://…/.flink-sql/store)"},
		&cli.StringFlag{Name: "config", EnvVars: []string{configVariable}, Usage: "submitter.yaml (default: found upwards from the manifests)"},
	}
}

func verboseFlag() cli.Flag {
	return &cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "print the whole cause of errors, Java stack traces included"}
}

// place is where a command works: a bucket, its journal and a target.
type place struct {
	dir      string // of submitter.yaml, or the working directory
	config   *manifest.Config
	owner    string
	bucket   *bucket.Bucket
	bucketID string
	journal  *journal.Journal
	local    *local.Target
	targets  *targets
	// noFlink is why there is no Flink on this machine; nil if there is one. Looking
	// at jobs needs none.
	noFlink      error
	flinkVersion string // of the Flink on this machine
	flinkHome    string
	// usedOwnGateway: a gateway on this machine was asked for, and started if need be.
	usedOwnGateway atomic.Bool
	compilers      compilers
	// fetcher is one for the whole command, which asks for each URL once.
	fetcher func() (*resource.Fetcher, error)
}

// withPlace opens the place that the flags name and closes it afterwards.
func withPlace(c *cli.Context, f func(*place) error) error {
	return with(c, workOn, f)
}

// withRecords is withPlace for commands that work on recorded jobs only: where
// there is no record, they make nothing.
func withRecords(c *cli.Context, f func(*place) error) error {
	return with(c, lookAt, func(p *place) error {
		return p.nearest(c.Context, c.Args().Slice(), f(p))
	})
}

func loadConfig(c *cli.Context) (*manifest.Config, error) {
	return manifest.LoadConfig(c.Context, c.String("config"), ".")
}

func with(c *cli.Context, open opener, f func(*place) error) error {
	cfg, err := loadConfig(c)
	if err != nil {
		return err
	}
	p, err := openPlace(c, cfg, open)
	if err != nil {
		return err
	}
	return errors.Join(f(p), p.bucket.Close())
}

// opener opens the store at a URL and gives the id of its bucket.
type opener func(ctx context.Context, url string) (*bucket.Bucket, string, error)

// newPlace is a place of which nothing was opened yet.
func newPlace(c *cli.Context, cfg *manifest.Config) (*place, error) {
	dir, err := workDir()
	if err != nil {
		return nil, err
	}
	if cfg.File != "" {
		if dir, err = filepath.Abs(filepath.Dir(cfg.File)); err != nil {
			return nil, err
		}
	}
	fetcher := sync.OnceValues(func() (*resource.Fetcher, error) { return newFetcher(dir) })
	return &place{fetcher: fetcher, dir: dir, config: cfg, owner: firstOf(c.String("owner"), cfg.Owner, defaultOwner)}, nil
}

func openPlace(c *cli.Context, cfg *manifest.Config, open opener) (*place, error) {
	p, err := newPlace(c, cfg)
	if err != nil {
		return nil, err
	}
	store, err := storeOf(c, cfg)
	if err != nil {
		return nil, err
	}
	store = firstOf(store, localStore(p.dir))
	if p.bucket, p.bucketID, err = open(c.Context, store); err != nil {
		return nil, err
	}
	p.journal = journal.New(p.bucket)
	p.journal.Trouble = func(name string, err error) {
		fmt.Fprintf(c.App.ErrWriter, "warning: %s: the entries of its earlier deployments could not be moved to history/%s/: %v. Nothing is lost; the next deployment tries again\n", name, name, err)
	}
	p.local, err = p.openLocal(c, p.bucket.FlinkOptions())
	if err != nil {
		return nil, errors.Join(err, p.bucket.Close())
	}
	p.targets = newTargets(c, p)
	return p, nil
}

// openLocal gives access to the target on this machine. options are those with which
// Flink reaches the store; ending what runs needs none.
func (p *place) openLocal(c *cli.Context, options map[string]string) (*local.Target, error) {
	home, err := dist.Find(c.Context, dist.Options{})
	if err != nil {
		p.noFlink = err
	}
	p.flinkVersion, p.flinkHome = home.Version, home.Dir
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return local.New(local.Config{
		Root:          filepath.Join(p.dir, localDir),
		FlinkHome:     home.Dir,
		FlinkVersion:  home.Version,
		DriverPath:    driverPath(self),
		SubmitterPath: self,
		StockStart:    c.Bool("stock-start"),
		Options:       options,
		Tell:          func(text string) { fmt.Fprintln(c.App.ErrWriter, text) },
	})
}

// localStore is the store where none is named.
func localStore(dir string) string {
	return "file://" + filepath.ToSlash(filepath.Join(dir, localDir, "store"))
}

// needFlink is an error, with its remedy, where there is no Flink on this machine and
// jobs are to be compiled or started with it.
func (p *place) needFlink(c *cli.Context, jobs []*manifest.Job) error {
	own := c.String("gateway") == "" && len(p.config.Gateways) == 0
	here := func(j *manifest.Job) bool { return p.targets.kind(p.targets.name(j)) == localKind }
	if own || slices.ContainsFunc(jobs, here) {
		return p.noFlink
	}
	return nil
}

// needFlinkFor is needFlink for recorded jobs, which are started as they are.
func (p *place) needFlinkFor(ctx context.Context, names []string) error {
	if p.noFlink == nil {
		return nil
	}
	for _, name := range names {
		e, err := p.journal.Newest(ctx, name)
		if err == nil && e != nil && p.targets.kind(e.Target) == localKind {
			return p.noFlink
		}
	}
	return nil
}

// driverPath is the driver beside this program, unless the environment names one.
func driverPath(self string) string {
	return firstOf(os.Getenv("SUBMITTER_DRIVER"), filepath.Join(filepath.Dir(self), "driver"))
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
