package cmd

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/urfave/cli/v2"
	"golang.org/x/sync/errgroup"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/target"
	"flink-sql-driver/submitter/internal/target/kubernetes"
)

// The target where nothing else is asked for, and its namespace in job ids.
const (
	localKind       = "local"
	kubernetesKind  = "kubernetes"
	localNamespace  = "local"
	fileScheme      = "file"
	memScheme       = "mem"
	haDir           = "ha"
	removeAtOnce    = 16
	productForAgent = "submitter"
)

// targets opens the targets of a place, each once.
type targets struct {
	place *place
	// asked for by --deployment-target; empty: each manifest says itself.
	asked      string
	stockStart bool

	mu    sync.Mutex
	open  map[apply.Place]target.Target
	homes map[string]apply.Place // where jobs run that name no namespace, by target
}

func newTargets(c *cli.Context, p *place) *targets {
	return &targets{place: p, asked: c.String("deployment-target"), stockStart: c.Bool("stock-start"), open: map[apply.Place]target.Target{}, homes: map[string]apply.Place{}}
}

// home says where a manifest's job is to run.
func (t *targets) home(job *manifest.Job) (apply.Place, error) {
	name := t.name(job)
	if t.kind(name) != kubernetesKind {
		return apply.Place{Target: name, Namespace: localNamespace}, nil
	}
	if job.Namespace != "" {
		return apply.Place{Target: name, Namespace: job.Namespace}, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if p, known := t.homes[name]; known {
		return p, nil
	}
	k, err := t.kubernetes(name, "")
	if err != nil {
		return apply.Place{}, err
	}
	p := apply.Place{Target: name, Namespace: k.Namespace()}
	t.homes[name], t.open[p] = p, k
	return p, nil
}

// name of the target that a manifest's job is to run on.
func (t *targets) name(job *manifest.Job) string { return firstOf(t.asked, job.Target, localKind) }

// kind of the target of that name.
func (t *targets) kind(name string) string {
	if c, ok := t.place.config.Targets[name]; ok {
		return c.Kind
	}
	return name
}

// at gives access to a place.
func (t *targets) at(p apply.Place) (target.Target, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if have := t.open[p]; have != nil {
		return have, nil
	}
	made, err := t.make(p)
	if err == nil {
		t.open[p] = made
	}
	return made, err
}

func (t *targets) make(p apply.Place) (target.Target, error) {
	switch kind := t.kind(p.Target); {
	case kind == localKind && p.Namespace == localNamespace:
		return t.place.local, nil
	case kind == kubernetesKind:
		return t.kubernetes(p.Target, p.Namespace)
	}
	return nil, fmt.Errorf("no target is called %s here, neither a kind nor one of targets in %s", p, manifest.ConfigName)
}

// kubernetes is a target of that kind; namespace empty: its own.
func (t *targets) kubernetes(name, namespace string) (*kubernetes.Target, error) {
	config := t.place.config.Targets[name]
	settings, err := config.Settings()
	if err != nil {
		return nil, err
	}
	kubeconfig := config.Kubeconfig
	if kubeconfig != "" && !filepath.IsAbs(kubeconfig) {
		kubeconfig = filepath.Join(t.place.dir, kubeconfig)
	}
	if namespace == "" {
		namespace = firstOf(config.Namespace, settings.Namespace)
	}
	settings.Namespace = ""
	b := t.place.bucket
	k := kubernetes.Config{
		Kubeconfig: kubeconfig, Context: config.Context, Namespace: namespace, Settings: settings,
		StockStart: t.stockStart, UserAgent: productForAgent + "/" + Version,
	}
	if b != nil {
		if err := reachable(b.URL()); err != nil {
			return nil, err
		}
		k.Store, k.HA, k.RemoveHA = b.URI(""), b.URI(haDir), t.removeHA
	}
	return kubernetes.New(k)
}

// removeHA deletes what Flink's high availability kept of one cluster.
func (t *targets) removeHA(ctx context.Context, clusterID string) error {
	b := t.place.bucket
	objects, err := b.List(ctx, haDir+"/"+clusterID+"/")
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(removeAtOnce)
	for _, o := range objects {
		group.Go(func() error { return b.Delete(ctx, o.Key) })
	}
	return group.Wait()
}
