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
	"flink-sql-driver/submitter/internal/compile"
	"flink-sql-driver/submitter/internal/gateway"
	"flink-sql-driver/submitter/internal/journal"
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
			results[i] = apply.Result{Plan: compiled[k].Plan, Init: compiled[k].Init, Err: errs[k]}
		}
	}
	return results
}

// input is a job with its resources where the gateway can read them.
func input(r apply.Request, uri func(resource.File) (string, error)) (compile.Input, error) {
	in := compile.Input{Job: r.Job, Meta: r.Meta}
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
	p.compiling.Lock()
	defer p.compiling.Unlock()
	if p.compilers[g.URL()] == nil {
		p.compilers[g.URL()] = compile.New(g, compile.Options{Handover: compile.Handover(c.String("plan-handover")), Bucket: p.bucket})
	}
	return p.compilers[g.URL()], g.URL(), nil
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
		Description: `With one manifest its plan in canonical form goes to stdout; with several, --output-dir names where.

   submitter compile orders.yaml > orders.json
   submitter compile manifests/ --output-dir plans/

` + exits(exitDone, exitFailed, exitUsage, exitInterrupted),
		Flags: append(append(placeFlags(), manifestFlags()...),
			&cli.StringFlag{Name: "output-dir", Usage: "write one NAME.json for each manifest; the directory is made if need be"}),
		Action: func(c *cli.Context) error {
			return withJobs(c, s, looking(c), func(w *work) error { return w.compileOnly(c, s) })
		},
	}
}

func (w *work) compileOnly(c *cli.Context, s streams) error {
	dir := c.String("output-dir")
	if dir == "" && len(w.jobs) != 1 {
		return usagef("%d manifests: say --output-dir", len(w.jobs))
	}
	requests := make([]apply.Request, len(w.jobs))
	for i, j := range w.jobs {
		files, err := w.place.files(c.Context, j)
		if err != nil {
			return err
		}
		requests[i] = apply.Request{Job: j, Meta: journal.Meta{QueryVersion: 1, QueryID: nilUUID, QueryCreateTimestamp: epoch}, Files: files}
	}
	if dir != "" {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	var errs []error
	for i, r := range w.place.compile(c.Context, c, requests) {
		if r.Err != nil {
			errs = append(errs, r.Err)
			continue
		}
		data := r.Plan.Canonical()
		if dir == "" {
			_, err := s.out.Write(data)
			errs = append(errs, err)
			continue
		}
		file := filepath.Join(dir, w.jobs[i].Name+".json")
		if err := os.WriteFile(file, data, 0o644); err != nil {
			errs = append(errs, err)
			continue
		}
		fmt.Fprintln(s.err, file)
	}
	return errors.Join(errs...)
}

// The meta section of a plan that is compiled for looking at: always the same, so
// that the plan is.
const (
	nilUUID = "00000000-0000-0000-0000-000000000000"
	epoch   = "1970-01-01 00:00:00"
)
