package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/compile"
	"flink-sql-driver/submitter/internal/gateway"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/redact"
	"flink-sql-driver/submitter/internal/resource"
)

// compileAtOnce is how many manifests are compiled side by side unless
// --compile-parallelism says otherwise. More gain nothing: the planner is bound by
// the gateway's processors.
const compileAtOnce = 4

// compile has jobs compiled by the gateway of their Flink version, in the order of
// the requests.
func (p *place) compile(ctx context.Context, c *cli.Context, requests []apply.Request) []apply.Result {
	results := make([]apply.Result, len(requests))
	byVersion := make(map[string][]int)
	for i, r := range requests {
		byVersion[r.Job.FlinkVersion] = append(byVersion[r.Job.FlinkVersion], i)
	}
	for version, which := range byVersion {
		compiler, address, err := p.compiler(ctx, c, version)
		if err != nil {
			for _, i := range which {
				results[i].Err = err
			}
			continue
		}
		var inputs []compile.Input
		var ready []int
		uri := p.uriFor(ctx, c, address)
		for _, i := range which {
			in, err := input(requests[i], uri)
			if err != nil {
				results[i].Err = err
				continue
			}
			inputs, ready = append(inputs, in), append(ready, i)
		}
		atOnce := c.Int("compile-parallelism")
		if atOnce <= 0 {
			atOnce = compileAtOnce
		}
		compiled, errs := compiler.All(ctx, inputs, atOnce, nil)
		for k, i := range ready {
			results[i] = resultOf(compiled[k], errs[k])
		}
	}
	return results
}

func resultOf(r compile.Result, err error) apply.Result {
	out := apply.Result{Plan: r.Plan, Init: r.Init, Catalogs: r.Catalogs, Assignment: r.Assignment, Warnings: r.Warnings, Err: err}
	out.Catalog.Unknown = r.Unknown
	for _, c := range r.ChangesSeen {
		out.CatalogSeen = append(out.CatalogSeen, catalogChange(c))
	}
	for _, c := range r.Changes {
		out.Catalog.Pending = append(out.Catalog.Pending, catalogChange(c))
	}
	return out
}

func catalogChange(c compile.CatalogChange) change.CatalogChange {
	return change.CatalogChange{ID: c.ID, What: c.What(), At: c.At.String()}
}

// changeCatalogs has the gateway of a job's Flink version run the statements that
// change what outlives the session.
func (p *place) changeCatalogs(ctx context.Context, c *cli.Context, r apply.Request, each func(change.CatalogChange, func() error) error) error {
	compiler, address, err := p.compiler(ctx, c, r.Job.FlinkVersion)
	if err != nil {
		return err
	}
	in, err := input(r, p.uriFor(ctx, c, address))
	if err != nil {
		return err
	}
	return compiler.ChangeCatalogs(ctx, in, func(change compile.CatalogChange, run func() error) error {
		return each(catalogChange(change), run)
	})
}

// input is a job with its resources where the gateway can read them.
func input(r apply.Request, uri func(resource.File) (string, error)) (compile.Input, error) {
	in := compile.Input{Job: r.Job, Meta: r.Meta, Made: r.Made, Secret: redact.Here().Get}
	for _, f := range r.Files {
		u, err := uri(f)
		if err != nil {
			return in, fmt.Errorf("%s: %w", r.Job.Name, err)
		}
		in.Resources = append(in.Resources, compile.Resource{Name: f.Name, Jar: f.Kind == release.KindJar, URI: u})
	}
	return in, nil
}

// uriFor says how a gateway reads a file of this machine: as it is if the gateway
// runs here, otherwise from the bucket.
func (p *place) uriFor(ctx context.Context, c *cli.Context, gateway string) func(resource.File) (string, error) {
	handover := compile.Handover(c.String("plan-handover"))
	if compile.OnThisMachine(gateway) && (handover == compile.Auto || handover == compile.File) {
		return func(f resource.File) (string, error) { return "file://" + filepath.ToSlash(f.Path), nil }
	}
	return func(f resource.File) (string, error) {
		return release.Upload(ctx, p.bucket, release.Payload{
			Name: f.Name, Kind: f.Kind, SHA256: f.SHA256, Size: f.Size,
			Open: func() (io.ReadCloser, error) { return os.Open(f.Path) },
		})
	}
}

// compiler is the one for a Flink version, with its gateway's address.
func (p *place) compiler(ctx context.Context, c *cli.Context, version string) (*compile.Compiler, string, error) {
	g, err := p.gateway(ctx, c, version)
	if err != nil {
		return nil, "", err
	}
	return p.compilers.of(g, compile.Options{Handover: compile.Handover(c.String("plan-handover")), Bucket: p.bucket}), g.URL(), nil
}

func checkHandover(c *cli.Context) error {
	switch h := compile.Handover(c.String("plan-handover")); h {
	case compile.Auto, compile.File, compile.Store, compile.Query:
		return nil
	default:
		return usagef("--plan-handover %s: it is file, store or query", h)
	}
}

// gateway is the one that the command line or submitter.yaml names, else one that
// is started on this machine and kept warm.
func (p *place) gateway(ctx context.Context, c *cli.Context, version string) (*gateway.Client, error) {
	url := c.String("gateway")
	if url == "" {
		url, _ = p.config.GatewayURL(version)
	}
	if url == "" && version == "" && len(p.config.Gateways) == 1 {
		for _, only := range p.config.Gateways {
			url = only
		}
	}
	if url == "" {
		if len(p.config.Gateways) > 0 {
			return nil, fmt.Errorf("%s: no gateway for Flink %q; name one under gateways, or say flink-version in the manifest", p.config.Where("gateways"), version)
		}
		p.usedOwnGateway.Store(true)
		local, err := p.local.Gateway(ctx)
		if err != nil {
			return nil, err
		}
		url = local
	}
	return gateway.New(url, gatewayOptions())
}

// gatewayOptions come from the environment: a token never stands on a command line.
func gatewayOptions() gateway.Options {
	return gateway.Options{
		CAFile:    os.Getenv("SUBMITTER_GATEWAY_CA_FILE"),
		CertFile:  os.Getenv("SUBMITTER_GATEWAY_CERT_FILE"),
		KeyFile:   os.Getenv("SUBMITTER_GATEWAY_KEY_FILE"),
		TokenFile: os.Getenv("SUBMITTER_GATEWAY_TOKEN_FILE"),
	}
}

func compileCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "compile",
		Usage:     "compile manifests and print their plans, launching nothing",
		ArgsUsage: "MANIFEST|FOLDER…",
		Description: `With one manifest its plan in canonical form goes to stdout; with several, --output-dir names where. With -o stdout gets a
report: as json or yaml with the plans, unless they go to --output-dir, as table with their digests.

   submitter compile orders.yaml > orders.json
   submitter compile manifests/ --output-dir plans/
   submitter compile manifests/ -o json | jq '.jobs[].digest'

` + exits(exitDone, exitFailed, exitUsage, exitInterrupted),
		Flags: append(append(placeFlags(), manifestFlags()...),
			&cli.StringFlag{Name: "output-dir", Usage: "write one NAME.json for each manifest; the directory is made if need be"},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "print a report: table, json or yaml (default: the plan alone)"}),
		Action: func(c *cli.Context) error {
			return withJobs(c, s, looking(c), func(w *work) error { return w.compileOnly(c, s) })
		},
	}
}

func (w *work) compileOnly(c *cli.Context, s streams) error {
	dir, reporting := c.String("output-dir"), c.String("output") != ""
	if dir == "" && !reporting && len(w.jobs) != 1 {
		return usagef("%d manifests: say --output-dir for their plans, or -o json for one document with all of them", len(w.jobs))
	}
	known, err := w.applier.Records(c.Context)
	if err != nil {
		return err
	}
	requests := make([]apply.Request, len(w.jobs))
	for i, j := range w.jobs {
		files, err := w.place.files(c.Context, j)
		if err != nil {
			return err
		}
		for _, text := range resource.Twins(files, w.place.library()(j)) {
			fmt.Fprintf(s.err, "warning: %s: %s\n", j.Name, text)
		}
		requests[i] = apply.Request{Job: j, Meta: journal.Meta{QueryVersion: 1, QueryID: nilUUID, QueryCreateTimestamp: epoch}, Files: files, Made: apply.CatalogMade(known.ByName[j.Name])}
	}
	if dir != "" {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	report := compileReport{Jobs: make([]compiledJob, len(w.jobs))}
	var errs []error
	for i, r := range w.place.compile(c.Context, c, requests) {
		for _, text := range r.Warnings {
			fmt.Fprintf(s.err, "warning: %s\n", text)
		}
		if r.Err == nil && r.Catalog.Unknown != "" {
			r.Err = &unknownPlanError{w.jobs[i].Name, r.Catalog}
		}
		j := compiledJobOf(w.jobs[i].Name, r)
		if r.Err == nil {
			r.Err = j.deliver(s, dir, reporting)
		}
		if r.Err != nil {
			j.Problem = r.Err.Error()
		}
		report.Jobs[i] = j
		errs = append(errs, r.Err)
	}
	if reporting {
		errs = append(errs, render(c, s.out, report, report.text))
	}
	return errors.Join(errs...)
}

// The meta section of a plan that is compiled for looking at: always the same, so
// that the plan is.
const (
	nilUUID = "00000000-0000-0000-0000-000000000000"
	epoch   = "1970-01-01 00:00:00"
)
