package cmd

import (
	"context"
	"sync"

	"github.com/urfave/cli/v2"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/compile"
)

// load has plans loaded by the gateways of their Flink versions, as many at once as
// are compiled at once.
func (p *place) load(ctx context.Context, c *cli.Context, loads []apply.Loading) []error {
	errs := make([]error, len(loads))
	slots := make(chan struct{}, max(c.Int("compile-parallelism"), 1))
	var wg sync.WaitGroup
	for i, l := range loads {
		compiler, in, err := p.loader(ctx, c, l)
		if err != nil {
			errs[i] = err
			continue
		}
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			errs[i] = compiler.Load(ctx, in, l.Plan)
		})
	}
	wg.Wait()
	return errs
}

func (p *place) loader(ctx context.Context, c *cli.Context, l apply.Loading) (*compile.Compiler, compile.Input, error) {
	compiler, address, err := p.compiler(ctx, c, l.Job.FlinkVersion)
	if err != nil {
		return nil, compile.Input{}, err
	}
	in, err := input(l.Request, p.uriFor(ctx, c, address))
	return compiler, in, err
}
