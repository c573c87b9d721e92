package cmd

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/target"
	"flink-sql-driver/submitter/internal/target/kubernetes"
)

// onKubernetes reports whether a job is to run there.
func (t *targets) onKubernetes(j *manifest.Job) bool { return t.kind(t.name(j)) == kubernetesKind }

// here are the jobs that are to run on this machine.
func (t *targets) here(jobs []*manifest.Job) []*manifest.Job {
	return slices.DeleteFunc(slices.Clone(jobs), t.onKubernetes)
}

// examined are the jobs of a set. Where there is none, jobs without a name stand for
// those to come: one where jobs run that name no target, one on each target of
// submitter.yaml that is on Kubernetes.
func examined(set *manifest.Set) []*manifest.Job {
	if len(set.Jobs) > 0 {
		return set.Jobs
	}
	all := []*manifest.Job{{Target: set.Config.Defaults.Target}}
	for _, name := range slices.Sorted(maps.Keys(set.Config.Targets)) {
		if set.Config.Targets[name].Kind == kubernetesKind {
			all = append(all, &manifest.Job{Target: name})
		}
	}
	return all
}

// doctorTargets are targets without a store: what is wrong with that keeps nobody from
// looking at a cluster.
func doctorTargets(c *cli.Context, cfg *manifest.Config) (*targets, error) {
	p, err := newPlace(c, cfg)
	if err != nil {
		return nil, err
	}
	p.targets = newTargets(c, p)
	return p.targets, nil
}

// examineClusters checks every namespace that jobs are to run in. store is empty for the
// one on this machine.
func (t *targets) examineClusters(ctx context.Context, jobs []*manifest.Job, store string) []check {
	var all []check
	launches := map[apply.Place][]target.Launch{}
	var places []apply.Place // in the order of the jobs
	broken := map[string]bool{}
	for _, j := range jobs {
		if !t.onKubernetes(j) {
			continue
		}
		p, err := t.home(j)
		if err != nil {
			if name := t.name(j); !broken[name] {
				all = append(all, noTarget(name, err))
			}
			broken[t.name(j)] = true
			continue
		}
		if launches[p] == nil {
			places = append(places, p)
		}
		launches[p] = append(launches[p], target.Launch{Ref: target.Ref{Name: j.Name}, Kubernetes: j.Kubernetes})
	}
	if err := reachable(firstOf(store, localStore(t.place.dir))); err != nil && len(places)+len(broken) > 0 {
		found, remedy := halves(err)
		all = append(all, flawed("store for Kubernetes", found, remedy))
	}
	for _, p := range places {
		all = append(all, t.examineCluster(ctx, p, launches[p])...)
	}
	return all
}

func (t *targets) examineCluster(ctx context.Context, p apply.Place, launches []target.Launch) []check {
	opened, err := t.at(p)
	if err != nil {
		return []check{noTarget(p.String(), err)}
	}
	k, ok := opened.(*kubernetes.Target)
	if !ok {
		return nil
	}
	var all []check
	for i, l := range launches {
		if launches[i].Kubernetes, err = k.Effective(l.Kubernetes); err != nil {
			return []check{noTarget(p.String(), fmt.Errorf("%s: kubernetes: %w", l.Name, err))}
		}
	}
	for _, f := range k.Doctor(ctx, launches) {
		all = append(all, check{Name: p.String() + ": " + f.Name, OK: f.OK, Found: f.Found, Remedy: f.Remedy})
	}
	return all
}

func noTarget(name string, err error) check {
	found, remedy := halves(err)
	return flawed("target "+name, found, remedy)
}

// halves are what is wrong, and the remedy that an error ends with.
func halves(err error) (found, remedy string) {
	text := err.Error()
	if i := strings.LastIndex(text, "; "); i >= 0 {
		return text[:i], text[i+2:]
	}
	return text, "correct it under targets in " + manifest.ConfigName
}

// reachable says why a store cannot be reached from a cluster.
func reachable(store string) error {
	if scheme, _, _ := strings.Cut(store, "://"); scheme == fileScheme || scheme == memScheme {
		return fmt.Errorf("jobs on Kubernetes cannot reach the store %s, which is on this machine; name a bucket with --store or in %s", store, manifest.ConfigName)
	}
	return nil
}
