package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/urfave/cli/v2"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/submitter/internal/compile"
	"flink-sql-driver/submitter/internal/dist"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/target/local"
)

const (
	localDir     = ".flink-sql" // of the local store and of everything that runs here
	defaultOwner = "default"

	storeVariable = "SUBMITTER_STORE"
)

func getenv(name string) string { return os.Getenv(name) }

// placeFlags are the flags that say where a command works.
func placeFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "store", EnvVars: []string{storeVariable}, Usage: "bucket `URL`, with ?prefix= for one environment (default: file://…/.flink-sql/store)"},
		&cli.StringFlag{Name: "config", EnvVars: []string{"SUBMITTER_CONFIG"}, Usage: "submitter.yaml (default: found upwards from the manifests)"},
		&cli.StringFlag{Name: "owner", EnvVars: []string{"SUBMITTER_OWNER"}, Usage: "whose jobs this command acts for"},
		&cli.BoolFlag{Name: "stock-start", EnvVars: []string{"SUBMITTER_STOCK_START"}, Usage: "start Flink by its own scripts, without our tuning"},
		&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "print the whole cause of errors, Java stack traces included"},
	}
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
	// noFlink is why there is no Flink on this machine; nil if there is one. Looking
	// at jobs needs none.
	noFlink      error
	flinkVersion string // of the Flink on this machine
	// usedOwnGateway: a gateway on this machine was asked for, and started if need be.
	usedOwnGateway atomic.Bool
	// compilers are kept, since each finds out once how its gateway hands plans over.
	compilers map[string]*compile.Compiler
}

// withPlace opens the place that the flags name and closes it afterwards.
func withPlace(c *cli.Context, s streams, f func(*place) error) error {
	return with(c, s, workOn, f)
}

// withRecords is withPlace for commands that work on recorded jobs only: where
// there is no record, they make nothing.
func withRecords(c *cli.Context, s streams, f func(*place) error) error {
	return with(c, s, lookAt, f)
}

func with(c *cli.Context, s streams, open opener, f func(*place) error) error {
	cfg, err := manifest.LoadConfig(c.Context, c.String("config"), ".")
	if err != nil {
		return err
	}
	p, err := openPlace(c, s, cfg, open)
	if err != nil {
		return err
	}
	return errors.Join(f(p), p.bucket.Close())
}

// opener opens the store at a URL and gives the id of its bucket.
type opener func(ctx context.Context, url string) (*bucket.Bucket, string, error)

func openPlace(c *cli.Context, s streams, cfg *manifest.Config, open opener) (*place, error) {
	dir, err := workDir()
	if err != nil {
		return nil, err
	}
	if cfg.File != "" {
		if dir, err = filepath.Abs(filepath.Dir(cfg.File)); err != nil {
			return nil, err
		}
	}
	p := &place{compilers: make(map[string]*compile.Compiler), dir: dir, config: cfg, owner: firstOf(c.String("owner"), cfg.Owner, defaultOwner)}
	store, err := storeOf(c, cfg)
	if err != nil {
		return nil, err
	}
	if store == "" {
		store = "file://" + filepath.ToSlash(filepath.Join(p.dir, localDir, "store"))
	}
	if p.bucket, p.bucketID, err = open(c.Context, store); err != nil {
		return nil, err
	}
	p.journal = journal.New(p.bucket)
	p.local, err = p.openLocal(c, s)
	if err != nil {
		return nil, errors.Join(err, p.bucket.Close())
	}
	return p, nil
}

func (p *place) openLocal(c *cli.Context, s streams) (*local.Target, error) {
	home, err := dist.Find(c.Context, dist.Options{})
	if err != nil {
		p.noFlink = err
	}
	p.flinkVersion = home.Version
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
		Options:       p.bucket.FlinkOptions(),
	})
}

// needFlink is an error where there is no Flink to compile with and to start.
func (p *place) needFlink() error {
	if errors.Is(p.noFlink, dist.ErrNotInstalled) {
		return fmt.Errorf("%w; run `submitter local install`", p.noFlink)
	}
	return p.noFlink
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
