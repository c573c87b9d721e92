package compile

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"

	"flink-sql-driver/plan"
)

// All compiles jobs, at most parallelism at once, and returns results and errors
// in the order of inputs. The failure of one job does not stop the others; the end
// of ctx stops all. progress, which may be nil, is called once for each job, from
// one goroutine at a time.
func (c *Compiler) All(ctx context.Context, inputs []Input, parallelism int, progress func(i int, err error)) ([]Result, []error) {
	results, errs := make([]Result, len(inputs)), make([]error, len(inputs))
	b, err := c.begin(ctx, inputs, errs)
	if err != nil {
		for i := range inputs {
			if errs[i] == nil {
				errs[i] = fmt.Errorf("%s: %w", inputs[i].Job.Name, err)
			}
			if progress != nil {
				progress(i, errs[i])
			}
		}
		return results, errs
	}
	defer b.handover.close()
	var mu sync.Mutex
	b.done = func(i int, err error) {
		mu.Lock()
		defer mu.Unlock()
		if progress != nil {
			progress(i, err)
		}
	}
	b.results, b.errs, b.names = results, errs, make([]string, len(inputs))
	b.compileAll(ctx, inputs, parallelism)
	b.fetchLate(ctx, inputs)
	return results, errs
}

// batch is one call of All.
type batch struct {
	compiler *Compiler
	version  string // of the gateway's Flink
	handover handover
	done     func(i int, err error)

	results []Result
	errs    []error
	names   []string // of the plan in the handover; empty: there is none
}

// begin asks the gateway who it is before anything is opened there. Jobs that want
// another Flink get their error.
func (c *Compiler) begin(ctx context.Context, inputs []Input, errs []error) (*batch, error) {
	info, err := c.gateway.Info(ctx)
	if err != nil {
		return nil, err
	}
	for i, in := range inputs {
		errs[i] = checkVersion(in.Job, c.gateway.URL(), info.Version)
	}
	if len(errs) > 0 && !slices.Contains(errs, nil) {
		return nil, errs[0]
	}
	h, err := c.openHandover(ctx)
	if err != nil {
		return nil, err
	}
	return &batch{compiler: c, version: info.Version, handover: h}, nil
}

func (b *batch) compileAll(ctx context.Context, inputs []Input, parallelism int) {
	next := make(chan int)
	var workers sync.WaitGroup
	for range max(1, min(parallelism, len(inputs))) {
		workers.Go(func() {
			for i := range next {
				b.compileOne(ctx, i, inputs[i])
			}
		})
	}
	for i := range inputs {
		next <- i
	}
	close(next)
	workers.Wait()
}

// compileOne compiles a job and, where a plan can be fetched by itself, fetches it.
func (b *batch) compileOne(ctx context.Context, i int, in Input) {
	if b.errs[i] != nil {
		b.done(i, b.errs[i])
		return
	}
	name := rand.Text() + ".json" // never one that exists: Flink refuses to overwrite
	b.results[i], b.errs[i] = b.compiler.run(ctx, in, b.version, b.handover.uri(name))
	switch {
	case b.errs[i] != nil || b.results[i].Unknown != "": // there may be no plan
	case b.handover.late():
		b.names[i] = name
		return
	default:
		plans, err := b.handover.fetch(ctx, b.files(i, name))
		b.take(i, in, name, plans, err)
	}
	b.done(i, b.errs[i])
}

// files are the names of what the gateway wrote for a job: its plan, and a plan for
// each foreign table.
func (b *batch) files(i int, name string) []string {
	names := []string{name}
	for k, f := range b.results[i].foreign {
		if f.unusable == nil {
			names = append(names, foreignFile(name, k))
		}
	}
	return names
}

// fetchLate fetches all plans at once, where fetching one costs as much as
// fetching a hundred.
func (b *batch) fetchLate(ctx context.Context, inputs []Input) {
	var names []string
	for i, n := range b.names {
		if n != "" {
			names = append(names, b.files(i, n)...)
		}
	}
	if len(names) == 0 {
		return
	}
	plans, err := b.handover.fetch(ctx, names)
	for i, n := range b.names {
		if n != "" {
			b.take(i, inputs[i], n, plans, err)
			b.done(i, b.errs[i])
		}
	}
}

func (b *batch) take(i int, in Input, name string, plans map[string][]byte, err error) {
	raw := plans[name]
	if err == nil {
		raw, err = fillForeign(in, name, b.results[i].foreign, plans)
	}
	if err == nil {
		raw, err = b.results[i].filled.restore(in.Job, raw)
	}
	var refused *Error
	if errors.As(err, &refused) {
		b.results[i], b.errs[i] = Result{}, refused
		return
	}
	var compiled *plan.Compiled
	if err == nil {
		compiled, err = plan.Parse(raw)
	}
	if err != nil {
		b.results[i] = Result{}
		b.errs[i] = fmt.Errorf("%s: reading its compiled plan (hand-over %q): %w", in.Job.Name, b.handover.kind(), err)
		return
	}
	for _, err := range []error{checkSecrets(in.Job, raw), checkCatalogSecrets(in.Job, raw), checkSorts(in.Job, compiled), checkSinks(in.Job, compiled, b.results[i].memory)} {
		if err != nil {
			b.results[i], b.errs[i] = Result{}, err
			return
		}
	}
	b.results[i].Plan, b.results[i].Raw = compiled, raw
}
