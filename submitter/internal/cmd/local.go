package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"flink-sql-driver/submitter/internal/dist"
	"flink-sql-driver/submitter/internal/target/local"
)

func localCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:  "local",
		Usage: "Flink on this machine: install it, start and stop what runs here",
		Subcommands: []*cli.Command{
			localInstall(s), localUp(s), localDown(s), localSupervise(s),
		},
	}
}

// installReport is what local install prints.
type installReport struct {
	Flink installed `json:"flink"`
	Java  installed `json:"java"`
}

type installed struct {
	Version string `json:"version"`
	Path    string `json:"path"`
}

func (r installReport) text(w io.Writer) error {
	_, err := fmt.Fprintf(w, "Flink %s  %s\nJava %s  %s\n", r.Flink.Version, r.Flink.Path, r.Java.Version, r.Java.Path)
	return err
}

// gatewayReport is what local up prints.
type gatewayReport struct {
	Gateway string `json:"gateway"` // its URL
}

func (r gatewayReport) text(w io.Writer) error {
	_, err := fmt.Fprintln(w, r.Gateway)
	return err
}

func localInstall(s streams) *cli.Command {
	return &cli.Command{
		Name:  "install",
		Usage: "put a checked Flink distribution into the user's cache, and see to a Java",
		Description: `$FLINK_HOME is used if it is a Flink of the right version. Otherwise the distribution is put together
from PyPI and Maven Central packages whose digests this program knows, honouring the settings of pip and Maven.

   submitter local install
   FLINK_HOME=$(submitter local install --print)

` + exits(exitDone, exitFailed, exitUsage, exitInterrupted),
		Flags: []cli.Flag{
			outputFlag(),
			&cli.BoolFlag{Name: "print", Usage: "print the distribution's directory, and nothing else"},
			&cli.BoolFlag{Name: "no-archives", Usage: "leave out the class archives, which make Flink start faster"},
		},
		Action: func(c *cli.Context) error {
			if err := noArgs(c); err != nil {
				return err
			}
			home, err := dist.Ensure(c.Context, dist.Options{Progress: progressOf(s)})
			if err != nil {
				return err
			}
			if c.Bool("print") {
				fmt.Fprintln(s.out, home.Dir)
				return nil
			}
			java, err := dist.EnsureJava(c.Context, getenv, func(line string) { fmt.Fprintln(s.err, line) })
			if err != nil {
				return err
			}
			if !c.Bool("no-archives") {
				if err := archive(c.Context, s, home); err != nil {
					// Jobs run without them as well, only later.
					fmt.Fprintln(s.err, err)
				}
			}
			r := installReport{
				Flink: installed{Version: home.Version, Path: home.Dir},
				Java:  installed{Version: fmt.Sprint(java.Version), Path: java.Path},
			}
			return render(c, s.out, r, r.text)
		},
	}
}

// archiveNotice is how long archives may take before it is said what is waited for.
const archiveNotice = 2 * time.Second

// archive has this Flink and Java write down the classes they load, in a place of
// its own that is removed afterwards.
func archive(ctx context.Context, s streams, home dist.Home) error {
	root, err := os.MkdirTemp("", "flink-sql-install-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(root)
	self, err := os.Executable()
	if err != nil {
		return err
	}
	t, err := local.New(local.Config{
		Root: root, FlinkHome: home.Dir, FlinkVersion: home.Version, DriverPath: driverPath(self), SubmitterPath: self,
		Tell: func(text string) { fmt.Fprintln(s.err, text) },
	})
	if err != nil {
		return err
	}
	// Where they are there already, which takes a moment, there is nothing to wait for.
	notice := time.AfterFunc(archiveNotice, func() {
		fmt.Fprintln(s.err, "class archives for faster starts: half a minute, once")
	})
	defer notice.Stop()
	return errors.Join(t.Archive(ctx), t.Down(context.WithoutCancel(ctx)))
}

// progressEvery is how often a download is reported where there is no terminal.
const progressEvery = 5 * time.Second

// progressOf tells of downloads on stderr.
func progressOf(s streams) func(done, total int64, what string) {
	var last time.Time
	return func(done, total int64, what string) {
		if time.Since(last) < progressEvery && done < total {
			return
		}
		last = time.Now()
		const mib = 1 << 20
		fmt.Fprintf(s.err, "%s: %d of %d MiB\n", what, done/mib, total/mib)
	}
}

func localUp(s streams) *cli.Command {
	return &cli.Command{
		Name:  "up",
		Usage: "start the local SQL Gateway ahead of time",
		Description: `Its address is printed; every command of this directory uses it from then on.

   submitter local up

` + exits(exitDone, exitFailed, exitUsage, exitInterrupted),
		Flags: append(placeFlags(), outputFlag()),
		Action: func(c *cli.Context) error {
			return withPlace(c, func(p *place) error {
				if p.noFlink != nil {
					return p.noFlink
				}
				url, err := p.local.Gateway(c.Context)
				if err != nil {
					return err
				}
				r := gatewayReport{url}
				return render(c, s.out, r, r.text)
			})
		},
	}
}

func localDown(s streams) *cli.Command {
	return &cli.Command{
		Name:  "down",
		Usage: "end every Flink process of this directory's .flink-sql; records and state stay",
		Description: `Jobs are ended without a savepoint: the next apply starts them from their newest checkpoint.
Use ` + "`submitter stop`" + ` first to take savepoints.

The store is not asked, so this works without it.

   submitter local down

` + exits(exitDone, exitFailed, exitUsage, exitInterrupted),
		Flags: placeFlags(),
		Action: func(c *cli.Context) error {
			cfg, err := loadConfig(c)
			if err != nil {
				return err
			}
			// What runs here is known here: the store may be out of reach, or damaged.
			p, err := newPlace(c, cfg)
			if err != nil {
				return err
			}
			if p.local, err = p.openLocal(c, nil); err != nil {
				return err
			}
			return p.down(c.Context, s)
		},
	}
}

// down ends everything and says what that was.
func (p *place) down(ctx context.Context, s streams) error {
	all, err := p.local.List(ctx)
	if err != nil {
		all = nil // what cannot be told of is ended all the same
	}
	if err := p.local.Down(ctx); err != nil {
		return err
	}
	for _, l := range all {
		if l.Processes > 0 {
			fmt.Fprintf(s.err, "%s: ended\n", l.Ref.ClusterID)
		}
	}
	fmt.Fprintf(s.err, "nothing of %s runs any more; records and state are where they were\n", filepath.Join(p.dir, localDir))
	return nil
}

// localSupervise is what a launch's own supervisor process runs.
func localSupervise(streams) *cli.Command {
	return &cli.Command{
		Name:      "supervise",
		Hidden:    true,
		ArgsUsage: "DIR",
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usagef("supervise takes a launch's directory")
			}
			return local.Supervise(c.Context, c.Args().First())
		},
	}
}
