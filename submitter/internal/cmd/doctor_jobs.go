package cmd

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"flink-sql-driver/plan/launch"
	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/connector"
	"flink-sql-driver/submitter/internal/gateway"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/sqltext"
	"flink-sql-driver/submitter/internal/target"
)

// examineJobs checks what manifests need.
func examineJobs(c *cli.Context, s streams, set *manifest.Set) ([]check, error) {
	if len(set.Jobs) == 0 {
		return nil, nil
	}
	p, err := openPlace(c, set.Config, lookAt)
	if err != nil {
		return []check{flawed("manifests", "not checked: "+err.Error(), "mend the store first")}, nil
	}
	var checks []check
	if here := p.targets.here(set.Jobs); len(here) > 0 {
		checks = append(checks, memory(p.toStart(c.Context, here)))
		if p.noFlink == nil {
			checks = append(checks, ownFlink(here, p.flinkVersion)...)
		}
		checks = append(checks, p.secrets(here)...)
	}
	checks = append(checks, p.connectors(c, set.Jobs)...)
	return checks, p.bucket.Close()
}

// toStart counts the jobs that should run and do not run on this machine.
func (p *place) toStart(ctx context.Context, jobs []*manifest.Job) int {
	runs := map[string]bool{}
	launches, err := p.local.List(ctx)
	for _, l := range launches {
		runs[l.Ref.Name] = runs[l.Ref.Name] || err == nil && l.Observation.Condition == target.Running
	}
	n := 0
	for _, j := range jobs {
		if j.State == manifest.Running && !runs[j.Name] {
			n++
		}
	}
	return n
}

// ownFlink compares the version that jobs ask for with the one that they will run
// on.
func ownFlink(jobs []*manifest.Job, version string) []check {
	var all []check
	for _, j := range jobs {
		if j.FlinkVersion != "" && !ofVersion(version, j.FlinkVersion) {
			all = append(all, flawed("flink-version of "+j.Name, fmt.Sprintf("%s: %s, and the target local has Flink %s", j.Where("flink-version"), j.FlinkVersion, version),
				"say flink-version: "+version+", or leave it out"))
		}
	}
	return all
}

// secrets checks that launches would find theirs.
func (p *place) secrets(jobs []*manifest.Job) []check {
	keeper, ok := any(p.local).(interface {
		MissingSecrets(names []string, dir string) []string
	})
	if !ok {
		return nil
	}
	missing := map[string][]string{} // by name of the secret
	total := map[string]bool{}
	for _, j := range jobs {
		names := j.Secrets()
		for _, name := range names {
			total[name] = true
		}
		for _, name := range keeper.MissingSecrets(names, j.Session()[launch.OptionSecretDir]) {
			missing[name] = append(missing[name], j.Name)
		}
	}
	if len(missing) == 0 && len(total) > 0 {
		return []check{passed("secrets", strings.Join(slices.Sorted(maps.Keys(total)), ", "))}
	}
	var all []check
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		all = append(all, flawed("secret "+name, "neither in the environment nor in the secret directory; named by "+some(missing[name]),
			"export "+name+" where `submitter apply` runs, or put it into the secret directory; docs/secrets.md has more"))
	}
	return all
}

// some shows the first few of many.
func some(names []string) string {
	const enough = 3
	if len(names) <= enough {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:enough], ", "), len(names)-enough)
}

// group is jobs that compile with the same jars on the same gateway.
type group struct {
	version string
	jars    []string // URIs
	uses    []connector.Use
}

// connectors checks that gateways have every connector, format and catalog that
// jobs name.
func (p *place) connectors(c *cli.Context, jobs []*manifest.Job) []check {
	var all []check
	groups := map[string]*group{}
	for _, j := range jobs {
		uses := connector.Uses(j)
		if len(uses) == 0 {
			continue
		}
		jars, err := p.jars(c, j)
		if err != nil {
			all = append(all, flawed("resources of "+j.Name, err.Error(), "mend "+j.Where("resources").String()))
			continue
		}
		key := strings.Join(append([]string{j.FlinkVersion}, jars...), "\n")
		if groups[key] == nil {
			groups[key] = &group{version: j.FlinkVersion, jars: jars}
		}
		groups[key].uses = append(groups[key].uses, uses...)
	}
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		all = append(all, p.askFor(c, groups[key])...)
	}
	return all
}

// jars are the URIs by which the job's gateway reads its jars.
func (p *place) jars(c *cli.Context, j *manifest.Job) ([]string, error) {
	files, err := p.files(c.Context, j)
	if err != nil || len(files) == 0 {
		return nil, err
	}
	g, err := p.gateway(c.Context, c, j.FlinkVersion)
	if err != nil {
		return nil, err
	}
	uri := p.uriFor(c.Context, c, g.URL())
	var jars []string
	for _, f := range files {
		if f.Kind != release.KindJar {
			continue
		}
		u, err := uri(f)
		if err != nil {
			return nil, err
		}
		jars = append(jars, u)
	}
	return jars, nil
}

const connectorsName = "connectors and formats"

// askFor asks a gateway for what a group of jobs names.
func (p *place) askFor(c *cli.Context, g *group) []check {
	if err := p.noFlink; err != nil && c.String("gateway") == "" && len(p.config.Gateways) == 0 {
		return []check{flawed(connectorsName, "not checked: "+err.Error(), "get a Flink first")}
	}
	client, err := p.gateway(c.Context, c, g.version)
	if err != nil {
		return []check{flawed(connectorsName, "not checked: "+err.Error(), "mend the gateway first")}
	}
	info, err := client.Info(c.Context)
	var missing []connector.Use
	if err == nil {
		missing, err = lacking(c.Context, client, g)
	}
	if err != nil {
		return []check{flawed(connectorsName, "not checked: "+err.Error(), "mend the gateway or the jar first")}
	}
	where := fmt.Sprintf("Flink %s at %s", info.Version, client.URL())
	if len(missing) == 0 {
		return []check{passed(connectorsName, listed(g.uses)+" on "+where)}
	}
	var all []check
	for _, u := range distinct(missing) {
		var places []string
		for _, m := range missing {
			if m.Kind == u.Kind && m.Name == u.Name {
				places = append(places, m.At.String())
			}
		}
		slices.Sort(places) // jobs share table definitions
		found := fmt.Sprintf("%s does not have it; named at %s", where, some(slices.Compact(places)))
		all = append(all, flawed(string(u.Kind)+" "+u.Name, found, connector.Remedy(u, info.Version)))
	}
	return all
}

// lacking asks in a session of its own, with the jobs' jars.
func lacking(ctx context.Context, client *gateway.Client, g *group) (missing []connector.Use, err error) {
	session, err := client.Open(ctx, "doctor", nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	for _, uri := range g.jars {
		if err := session.Configure(ctx, "ADD JAR "+sqltext.Literal(uri)); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(uri), err)
		}
	}
	return connector.Missing(ctx, session, g.uses)
}

// distinct are uses of different things, each without its place.
func distinct(uses []connector.Use) []connector.Use {
	var all []connector.Use
	for _, u := range uses {
		u.At = manifest.Position{}
		if !slices.Contains(all, u) {
			all = append(all, u)
		}
	}
	return all
}

func listed(uses []connector.Use) string {
	var names []string
	for _, u := range distinct(uses) {
		names = append(names, u.Name)
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}
