package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"flink-sql-driver/submitter/internal/gateway"
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

func passed(name, found string) check { return check{Name: name, OK: true, Found: found} }

func flawed(name, found, remedy string) check {
	return check{Name: name, Found: found, Remedy: remedy}
}

func doctorCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "doctor",
		Usage:     "check everything that applying needs, and say how to mend it",
		ArgsUsage: "[MANIFEST|FOLDER…]",
		Description: `Java, Flink, ports, memory, disk, the store's rights and its conditional create, and the gateways of submitter.yaml
with their versions. With manifests also what they need: Flink's version, secrets, and every connector, format and
catalog that their DDL names, asked for on the gateway with the manifest's own jars. The gateway is started if need be.
For jobs on Kubernetes, instead of this machine's ports and memory: the API server, the namespace, our rights in it, and
the service accounts, Secrets and ConfigMaps that manifests name, as far as we may look at them.

   submitter doctor
   submitter doctor manifests/ --store s3://flink
   submitter doctor manifests/ -o json

` + exits(exitDone, exitFailed, exitUsage),
		Flags: append(append(placeFlags(), manifestFlags()...), outputFlag()),
		Action: func(c *cli.Context) error {
			r, err := examine(c, s)
			if err != nil {
				return err
			}
			if err := render(c, s.out, r, r.text); err != nil {
				return err
			}
			return r.err()
		},
	}
}

// examine checks everything. An error means that the command line was wrong.
func examine(c *cli.Context, s streams) (doctorReport, error) {
	var r doctorReport
	set := &manifest.Set{}
	var err error
	if withManifests(c) {
		set, err = loadManifests(c, s)
	} else {
		set.Config, err = loadConfig(c)
	}
	var bad *manifest.Error
	switch {
	case err != nil && (!errors.As(err, &bad) || set == nil || set.Config == nil):
		return r, err
	case bad != nil:
		for _, p := range bad.Problems {
			r.Checks = append(r.Checks, flawed(firstOf(p.At.String(), "manifests"), p.Message, firstOf(p.Suggestion, "mend the file")))
		}
	}
	store, err := storeOf(c, set.Config)
	if err != nil {
		return r, err
	}
	targets, err := doctorTargets(c, set.Config)
	if err != nil {
		return r, err
	}
	jobs := examined(set)
	r.Checks = append(r.Checks, java(c.Context), flink(c.Context))
	if len(targets.here(jobs)) > 0 {
		r.Checks = append(r.Checks, memoryDir(), loopback())
	}
	r.Checks = append(r.Checks, disk(set.Config), checkStore(c.Context, store))
	r.Checks = append(r.Checks, targets.examineClusters(c.Context, jobs, store)...)
	r.Checks = append(r.Checks, gateways(c, set)...)
	more, err := examineJobs(c, s, set)
	r.Checks = append(r.Checks, more...)
	return r, err
}

// withManifests reports whether the command line names any.
func withManifests(c *cli.Context) bool {
	return c.NArg() > 0 || len(c.StringSlice("path")) > 0 || len(c.StringSlice("job-config-path")) > 0
}

// gateways checks those that the command line or submitter.yaml names.
func gateways(c *cli.Context, set *manifest.Set) []check {
	if url := c.String("gateway"); url != "" {
		return []check{checkGateway(c.Context, url, versions(set.Jobs))}
	}
	var all []check
	for _, version := range slices.Sorted(maps.Keys(set.Config.Gateways)) {
		all = append(all, checkGateway(c.Context, set.Config.Gateways[version], []string{version}))
	}
	return all
}

// versions are the Flink versions that jobs ask for.
func versions(jobs []*manifest.Job) []string {
	var all []string
	for _, j := range jobs {
		if j.FlinkVersion != "" {
			all = append(all, j.FlinkVersion)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// checkGateway asks a gateway who it is. It must be of all wanted versions.
func checkGateway(ctx context.Context, url string, wanted []string) check {
	name := strings.TrimSpace("SQL Gateway " + strings.Join(wanted, ", "))
	g, err := gateway.New(url, gatewayOptions())
	var info gateway.Info
	if err == nil {
		info, err = g.Info(ctx)
	}
	if err != nil {
		return flawed(name, err.Error(), "start the gateway, or correct its address under gateways")
	}
	found := "Flink " + info.Version + " at " + url
	for _, w := range wanted {
		if !ofVersion(info.Version, w) {
			return flawed(name, found, fmt.Sprintf("name a gateway of Flink %s there: it cannot compile for another version", w))
		}
	}
	return passed(name, found)
}

// ofVersion reports whether a version is the wanted one, or of the wanted line.
func ofVersion(version, wanted string) bool {
	return version == wanted || strings.HasPrefix(version, wanted+".")
}

func (r doctorReport) err() error {
	var failed []string
	for _, k := range r.Checks {
		if !k.OK {
			failed = append(failed, k.Name)
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d checks failed: %s", len(failed), len(r.Checks), strings.Join(failed, ", "))
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
