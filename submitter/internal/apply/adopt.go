package apply

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"gopkg.in/yaml.v3"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/launch"
	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/target"
)

// foundling is a launch that runs without a record in this bucket, with the
// release that it runs.
type foundling struct {
	launch target.Launch
	plan   *plan.Compiled
	config release.Config
	// release is to be published in this bucket before anything is recorded of it;
	// nil: it is there.
	release *release.Release
}

// AssessAdoption is Assess for jobs that run on the target and have no record here.
// Each is to be stopped with a savepoint and started from that as a new launch, by
// the rules of an upgrade. Nothing is touched, and nothing is recorded before it is
// known that this can be done: the deployment's first entry speaks of what runs.
func (a *Applier) AssessAdoption(ctx context.Context, jobs []*manifest.Job) ([]*Assessment, error) {
	return a.assess(ctx, jobs, true)
}

// takeIn makes a record of what runs, as if it had been launched from this bucket.
func (a *Applier) takeIn(ctx context.Context, s *Assessment) error {
	if s.Facts.Record != nil && s.Facts.Record.Action != journal.Delete {
		s.Decision = change.Decision{Kind: change.Nothing, Reason: "its record speaks of it already; apply goes on from there"}
		return nil
	}
	switch {
	case s.Facts.Seen.Condition == target.Unknown:
		s.decide(a.Policy)
		return nil
	case len(s.strays) == 0:
		s.Decision = change.Decision{Kind: change.Refused, Reason: "nothing that runs on this target has its name, so there is nothing to take over; apply starts it"}
		return nil
	case len(s.strays) > 1:
		s.Decision = change.Decision{Kind: change.Refused, Reason: fmt.Sprintf("%d launches of that name run, and only one can be taken over; end the others (%s)", len(s.strays), s.Facts.Seen.Proof)}
		return nil
	}
	f, err := a.identify(ctx, s.strays[0].Launch)
	if err != nil {
		s.Decision = change.Decision{Kind: change.Blocked, Reason: byHand(s.strays[0], err)}
		return ctx.Err()
	}
	s.foundling = f
	if s.Facts.Record, err = a.recordOf(ctx, s); err != nil {
		return err
	}
	s.Meta = s.Facts.Record.Meta
	// What cannot be listed now would stop the deployment half way.
	var missing *deploy.MissingError
	if _, err := a.deployer(s.target).NewestState(ctx, s.Job.Name, s.Facts.Record.Trusted); err != nil && !errors.As(err, &missing) {
		return fmt.Errorf("%s: the checkpoints of cluster %s: %w", s.Job.Name, f.launch.ClusterID, err)
	}
	s.decide(a.Policy)
	return nil
}

// byHand says what remains to be done with a launch that cannot be taken over.
func byHand(f target.Found, why error) string {
	at := "its JobManager"
	if f.Observation.UI != "" {
		at = f.Observation.UI
	}
	return fmt.Sprintf("what cluster %s runs is not known, so it cannot be said what its state would become: %v. Bring that back and adopt again. "+
		"Or stop it with a savepoint by hand, by POST %s/jobs/%s/stop, keep the savepoint and apply with `restore: none`, which starts without state",
		f.Launch.ClusterID, why, strings.TrimRight(at, "/"), f.Launch.JobID)
}

// decideAdoption turns the decision on an upgrade into one that takes over: the
// launch is replaced even where nothing changed, so that this bucket has all of it.
func (s *Assessment) decideAdoption() {
	d := &s.Decision
	how := fmt.Sprintf("cluster %s runs without a record; it is taken over", s.foundling.launch.ClusterID)
	switch d.Kind {
	case change.Nothing, change.Record, change.Upgrade:
		d.SameRelease = false
		if d.Kind != change.Upgrade {
			d.Kind, d.From = change.Upgrade, change.FromSavepoint
		}
		d.Reason = how + ": stopped with a savepoint and started again from it"
		if d.From == change.FromNothing {
			d.Reason = how + ": stopped with a savepoint, which is kept, and started without state"
		}
	case change.Blocked:
		// Which parts changed is not known.
		d.Reason = fmt.Sprintf("cluster %s runs without a record and is left alone", s.foundling.launch.ClusterID)
		d.Remedy = strings.ReplaceAll(d.Remedy, "apply --", "adopt --")
	case change.Suspend, change.Cancel:
		d.Reason = how + "; " + d.Reason
	}
}

// inputsOfFoundling stands for what nobody recorded: its options are compared one
// by one, and whether its SQL is another is told by its plan.
func (s *Assessment) inputsOfFoundling(samePlan bool) change.Inputs {
	inputs := maps.Clone(s.Inputs)
	delete(inputs, change.PartProperties)
	if !samePlan {
		delete(inputs, change.PartSQL)
	}
	files := map[string]string{}
	for _, r := range s.foundling.config.Resources {
		files[r.Name] = r.Kind + ":" + r.SHA256
	}
	if !maps.Equal(files, digests(s.files)) {
		delete(inputs, change.PartResources)
	}
	return inputs
}

// recordOf is what the journal would hold of the foundling.
func (a *Applier) recordOf(ctx context.Context, s *Assessment) (*journal.Entry, error) {
	f := s.foundling
	meta, err := a.lostMeta(ctx, s.Job.Name, f.config)
	if err != nil {
		return nil, err
	}
	r, err := f.describe(a.Bucket, meta)
	if err != nil {
		return nil, err
	}
	ref := journal.LaunchRef{
		Number: f.launch.Launch, ClusterID: f.launch.ClusterID, JobID: f.launch.JobID,
		Site: f.launch.Site, Restored: a.restoredFrom(ctx, f.launch), QueryVersion: meta.QueryVersion, Checkpoints: r.Checkpoints,
	}
	if !strings.HasPrefix(f.launch.Dir, a.Bucket.URI("")) {
		ref.Origin = f.launch.Dir
	}
	e := &journal.Entry{
		Version: journal.EntryVersion, Name: s.Job.Name, Action: journal.Launch, Phase: journal.Committed,
		Owner: a.Policy.Owner, Target: s.place.Target, Namespace: s.place.Namespace,
		State: string(manifest.Running), ManifestState: string(s.Job.State), Meta: meta,
		Release: r, Good: r, Launch: &ref, Trusted: []journal.LaunchRef{ref}, LastLaunch: max(s.used, ref.Number),
	}
	if deleted := s.Facts.Record; deleted != nil {
		e.Number, e.LastLaunch = deleted.Number, max(e.LastLaunch, deleted.LastLaunch)
	}
	return e, nil
}

// describe is the foundling's release as this bucket has it, or will have it.
func (f *foundling) describe(b *bucket.Bucket, meta journal.Meta) (*journal.Release, error) {
	data := f.plan.Bytes()
	sum := sha256.Sum256(data)
	r := &journal.Release{
		PlanDigest: f.plan.Digest(), LaunchedDigest: hex.EncodeToString(sum[:]), NextID: f.plan.MaxID() + 1,
		Inputs: map[string]string{}, Meta: meta,
		Bounded: f.plan.Bounded(), Stateful: f.plan.HasState(),
		JobManager: f.launch.JobManager, TaskManager: f.launch.TaskManager,
		Secrets: f.config.Secrets, Checkpoints: f.config.Session[keyCheckpoints], Kubernetes: f.launch.Kubernetes,
	}
	r.MaxParallelism, _ = strconv.Atoi(f.config.Session[keyMaxParallel])
	if f.release == nil {
		uri, digest, _ := strings.Cut(f.launch.ConfigURI, "#sha256=")
		r.Digest, r.ConfigSHA256 = path.Base(path.Dir(uri)), digest
		return r, nil
	}
	p, err := release.Describe(b, *f.release)
	r.Digest, r.ConfigSHA256 = p.Digest, p.ConfigSHA256
	return r, err
}

// identify reads the release that a launch runs, from wherever that lies.
func (a *Applier) identify(ctx context.Context, l target.Launch) (*foundling, error) {
	f := &foundling{launch: l}
	uri, digest, _ := strings.Cut(l.ConfigURI, "#sha256=")
	data, err := a.readAt(ctx, uri, l.Options, maxConfig)
	if err != nil {
		return nil, err
	}
	if got := sha256.Sum256(data); digest == "" || hex.EncodeToString(got[:]) != digest {
		return nil, fmt.Errorf("%s is not the driver config that it was launched with", uri)
	}
	if f.config, err = release.DecodeConfig(data); err != nil {
		return nil, fmt.Errorf("%s: %w", uri, err)
	}
	if f.config.Run.Plan == nil {
		return nil, errors.New("it does not run a compiled plan")
	}
	if data, err = a.readAt(ctx, l.PlanURI, l.Options, plan.MaxSize); err != nil {
		return nil, err
	}
	if got := sha256.Sum256(data); hex.EncodeToString(got[:]) != f.config.Run.Plan.SHA256 {
		return nil, fmt.Errorf("%s is not the plan that it was launched with", l.PlanURI)
	}
	if f.plan, err = plan.Parse(data); err != nil {
		return nil, fmt.Errorf("%s: %w", l.PlanURI, err)
	}
	if a.holds(ctx, l.Name, uri) {
		return f, nil
	}
	f.release = &release.Release{Name: l.Name, Plan: data, Config: f.config}
	for _, r := range f.config.Resources {
		f.release.Resources = append(f.release.Resources, release.Payload{
			Name: r.Name, Kind: r.Kind, SHA256: r.SHA256, Size: r.Size,
			Open: func() (io.ReadCloser, error) { return a.openAt(ctx, r.URI, l.Options) },
		})
	}
	return f, nil
}

// Bounds of what is taken over from another store.
const (
	maxConfig   = 16 << 20
	maxManifest = 1 << 20
)

// holds reports whether the release of a config is complete in this bucket.
func (a *Applier) holds(ctx context.Context, name, configURI string) bool {
	digest := path.Base(path.Dir(configURI))
	return configURI == a.Bucket.URI("releases/"+name+"/"+digest+"/config.json") &&
		release.Verify(ctx, a.Bucket, name, digest) == nil
}

// openAt opens an object of this bucket, or of another store as Flink's options reach
// it.
func (a *Applier) openAt(ctx context.Context, uri string, options map[string]string) (io.ReadCloser, error) {
	if key, ok := strings.CutPrefix(uri, a.Bucket.URI("")); ok {
		content, _, err := a.Bucket.Open(ctx, key)
		return content, err
	}
	return bucket.OpenURI(ctx, uri, options)
}

// readAt reads an object that openAt opens, of at most limit bytes.
func (a *Applier) readAt(ctx context.Context, uri string, options map[string]string, limit int64) ([]byte, error) {
	content, err := a.openAt(ctx, uri, options)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(content, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s is larger than %d bytes", uri, limit)
	}
	return data, errors.Join(err, content.Close())
}

// restoredFrom is the savepoint that a launch began with, as far as its decision
// can still be read; it matters only to one that never completed a checkpoint.
func (a *Applier) restoredFrom(ctx context.Context, l target.Launch) string {
	data, err := a.readAt(ctx, l.Dir+"decision.json", l.Options, maxManifest)
	if err != nil {
		return ""
	}
	var d launch.Decision
	if json.Unmarshal(data, &d) != nil {
		return ""
	}
	return d.Savepoint
}

// lostMeta is the meta section of what runs: the query version stands in the path
// of its checkpoints; the rest is in manifests/<name>.yaml, if this bucket has that
// and it is of the same version.
func (a *Applier) lostMeta(ctx context.Context, name string, c release.Config) (journal.Meta, error) {
	version, err := strconv.Atoi(path.Base(c.Session[keyCheckpoints]))
	if err != nil || version < 1 {
		version = 1
	}
	meta := newMeta(journal.Meta{QueryVersion: version - 1})
	data, err := a.Bucket.Read(ctx, deploy.ManifestKey(name), maxManifest)
	if errors.Is(err, bucket.ErrNotExist) {
		return meta, nil
	}
	var stored struct {
		Meta journal.Meta `yaml:"meta"`
	}
	if err == nil && yaml.Unmarshal(data, &stored) == nil && stored.Meta.QueryVersion == version && uuid.Validate(stored.Meta.QueryID) == nil {
		meta = stored.Meta
	}
	return meta, err
}
