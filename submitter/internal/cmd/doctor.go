package cmd

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/urfave/cli/v2"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/submitter/internal/dist"
	"flink-sql-driver/submitter/internal/manifest"
)

// doctorReport is what doctor prints.
type doctorReport struct {
	Checks []check `json:"checks"`
}

type check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Found  string `json:"found"`
	Remedy string `json:"remedy,omitempty"`
}

func doctorCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:  "doctor",
		Usage: "check everything that applying needs, and say how to mend it",
		Flags: append(placeFlags(), outputFlag(), &cli.StringFlag{Name: "gateway", EnvVars: []string{"SUBMITTER_GATEWAY"}, Usage: "SQL Gateway's `URL`"}),
		Action: func(c *cli.Context) error {
			if err := noArgs(c); err != nil {
				return err
			}
			r := examine(c)
			if err := render(c, s.out, r, r.text); err != nil {
				return err
			}
			for _, k := range r.Checks {
				if !k.OK {
					return fmt.Errorf("%s: %s", k.Name, k.Remedy)
				}
			}
			return nil
		},
	}
}

func examine(c *cli.Context) doctorReport {
	cfg, err := manifest.LoadConfig(c.Context, c.String("config"), ".")
	if err != nil {
		return doctorReport{Checks: []check{{Name: "submitter.yaml", Found: err.Error(), Remedy: "mend the file"}}}
	}
	r := doctorReport{Checks: []check{java(c.Context), flink(c.Context), memoryDir(), loopback()}}
	r.Checks = append(r.Checks, store(c.Context, firstOf(c.String("store"), cfg.Store)))
	urls := cfg.Gateways
	if u := c.String("gateway"); u != "" {
		urls = map[string]string{"": u}
	}
	for version, url := range urls {
		r.Checks = append(r.Checks, checkGateway(c.Context, version, url))
	}
	return r
}

func java(ctx context.Context) check {
	k := check{Name: "Java 17 or newer"}
	j, err := dist.FindJava(ctx, getenv)
	if err != nil {
		k.Found, k.Remedy = err.Error(), "run `submitter local install`, or set JAVA_HOME"
		return k
	}
	k.OK, k.Found = true, fmt.Sprintf("%v in %s", j.Version, j.Path)
	return k
}

func flink(ctx context.Context) check {
	k := check{Name: "Flink " + dist.DefaultVersion}
	h, err := dist.Find(ctx, dist.Options{})
	if err != nil {
		k.Found, k.Remedy = err.Error(), "run `submitter local install`, or set FLINK_HOME"
		return k
	}
	k.OK, k.Found = true, h.Version+" in "+h.Dir
	return k
}

// memoryDir is where drivers keep secrets.
func memoryDir() check {
	k := check{Name: "memory-backed directory"}
	const dir = "/dev/shm"
	f, err := os.CreateTemp(dir, "flink-sql-doctor-*")
	if err != nil {
		k.Found, k.Remedy = err.Error(), "mount a tmpfs on "+dir+", or set sql-driver.private-dir"
		return k
	}
	f.Close()
	os.Remove(f.Name())
	k.OK, k.Found = true, dir
	return k
}

func loopback() check {
	k := check{Name: "loopback ports"}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		k.Found, k.Remedy = err.Error(), "allow this user to listen on 127.0.0.1"
		return k
	}
	l.Close()
	k.OK, k.Found = true, "127.0.0.1"
	return k
}

// store proves the bucket's rights and its conditional create.
func store(ctx context.Context, url string) check {
	k := check{Name: "store"}
	if url == "" {
		k.OK, k.Found = true, "local: "+localDir+"/store"
		return k
	}
	b, err := bucket.Open(ctx, url)
	if err == nil {
		err = b.Prove(ctx)
		b.Close()
	}
	if err != nil {
		k.Found, k.Remedy = err.Error(), "mend the bucket, its rights or --store"
		return k
	}
	k.OK, k.Found = true, url
	return k
}

func (r doctorReport) text(w io.Writer) error {
	for _, k := range r.Checks {
		mark := "ok  "
		if !k.OK {
			mark = "FAIL"
		}
		fmt.Fprintf(w, "%s  %-26s %s\n", mark, k.Name, k.Found)
		if k.Remedy != "" {
			fmt.Fprintf(w, "      → %s\n", k.Remedy)
		}
	}
	return nil
}
