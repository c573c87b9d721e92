package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"flink-sql-driver/driver/internal/fence"
	"flink-sql-driver/driver/internal/flink"
	"flink-sql-driver/driver/internal/secret"
	"flink-sql-driver/driver/internal/standby"
	"flink-sql-driver/plan"
	"flink-sql-driver/plan/bucket"
	launches "flink-sql-driver/plan/launch"
	"flink-sql-driver/plan/release"
)

// launch gives Flink its script: at once, or, while nothing is decided yet,
// to a Flink that is started already and waits for it.
func (j *job) launch(ctx context.Context) error {
	if j.options.settings.launch == "" {
		return j.runNow(j.restoreByHand())
	}
	l, check, err := j.fence(ctx)
	if err != nil {
		return err
	}
	decision, there, err := l.Decision(ctx, check)
	if err != nil {
		return err
	}
	if !there {
		return j.standBy(ctx, l, check)
	}
	j.story("decision of launch %d: %s", l.Number, decision.Verdict)
	restore, err := j.claim(ctx, l, check, decision)
	if err != nil {
		return err
	}
	return j.runNow(restore)
}

// fence opens the bucket that a launch belongs to.
func (j *job) fence(ctx context.Context) (fence.Launch, fence.Check, error) {
	root, name, number, err := fence.ParseURI(j.options.settings.launch)
	if err != nil {
		return fence.Launch{}, fence.Check{}, usage("%s: %w", optLaunch, err)
	}
	b, err := j.bucketAt(ctx, root)
	if err != nil {
		return fence.Launch{}, fence.Check{}, usage("%s: %w", optLaunch, err)
	}
	return fence.Launch{Name: name, Number: number, Bucket: b},
		fence.Check{ClusterID: plan.ClusterID(name, number), JobID: j.options.settings.jobID}, nil
}

// bucketAt opens what Flink calls a directory as a bucket of its own.
func (j *job) bucketAt(ctx context.Context, dir string) (*bucket.Bucket, error) {
	const probe = "x" // ParseURI is about objects
	address, key, err := bucket.ParseURI(strings.TrimRight(dir, "/")+"/"+probe, j.options.all())
	if err != nil {
		return nil, err
	}
	prefix := strings.TrimSuffix(key, probe)
	if prefix != "" {
		u, err := url.Parse(address)
		if err != nil {
			return nil, err
		}
		q := u.Query()
		q.Set("prefix", prefix)
		u.RawQuery = q.Encode()
		address = u.String()
	}
	return j.sources.Bucket(ctx, address)
}

// claim makes this process the one that runs the launch, and returns what the
// job restores from.
func (j *job) claim(ctx context.Context, l fence.Launch, check fence.Check, d launches.Decision) (flink.Restore, error) {
	restore := flink.Restore{Path: d.Savepoint, ClaimMode: d.ClaimMode, AllowNonRestored: d.AllowNonRestored}
	instance := j.options.settings.instance
	if instance == "" {
		var err error
		if instance, err = fence.Process(j.pid); err != nil {
			return restore, fmt.Errorf("naming this process: %w", err)
		}
	}
	again, err := l.Claim(ctx, check, instance)
	if err != nil {
		return restore, err
	}
	j.story("claimed launch %d of %s", l.Number, l.Name)
	if j.ranBefore = again; !again {
		return restore, nil
	}
	newest, err := j.newestCheckpoint(ctx)
	var none *fence.RefusedError
	switch {
	case err == nil:
	case j.highlyAvailable() && errors.As(err, &none):
		return restore, nil // it ended before its first checkpoint
	default:
		return restore, err
	}
	// Without high availability Flink would begin anew what it had begun. With it, its own
	// store comes first (DefaultExecutionGraphFactory), unless somebody has emptied that.
	restore.Path = newest
	j.story("started again, from %s unless high availability knows better", restore.Path)
	return restore, nil
}

func (j *job) highlyAvailable() bool {
	for _, key := range []string{"high-availability.type", "high-availability"} {
		if v, ok := j.merged().Get(key); ok && v != "" {
			return !strings.EqualFold(v, "none")
		}
	}
	return false
}

// merged answers with what Flink will see.
func (j *job) merged() flink.Source { return flink.Layers{j.options.args, j.conf} }

func (j *job) newestCheckpoint(ctx context.Context) (string, error) {
	var dir string
	for _, key := range []string{"execution.checkpointing.dir", "state.checkpoints.dir"} {
		if v, ok := j.merged().Get(key); ok && v != "" {
			dir = v
			break
		}
	}
	if dir == "" {
		return "", &fence.RefusedError{Reason: "this launch ran before, without execution.checkpointing.dir, so its state is lost; start a new launch"}
	}
	b, err := j.bucketAt(ctx, dir)
	if err != nil {
		return "", fmt.Errorf("checkpoints in %s: %w", dir, err)
	}
	path, err := fence.NewestCheckpoint(ctx, b, j.options.settings.jobID)
	if err == nil && path == "" {
		err = &fence.RefusedError{Reason: fmt.Sprintf("this launch ran before, and there is no complete checkpoint of job %s in %s; start a new launch", j.options.settings.jobID, dir)}
	}
	return path, err
}

// restoreByHand is what -s, -n and the options of config.yaml ask for; the script
// has to repeat it.
func (j *job) restoreByHand() flink.Restore {
	r := flink.Restore{}
	r.Path, _ = j.merged().Get("execution.state-recovery.path")
	r.ClaimMode, _ = j.merged().Get("execution.state-recovery.claim-mode")
	ignore, _ := j.merged().Get("execution.state-recovery.ignore-unclaimed-state")
	r.AllowNonRestored = strings.EqualFold(ignore, "true")
	for i, a := range j.args {
		switch {
		case (a == "-s" || a == "--fromSavepoint") && i+1 < len(j.args):
			r.Path = j.args[i+1]
		case strings.HasPrefix(a, "--fromSavepoint="):
			r.Path = strings.TrimPrefix(a, "--fromSavepoint=")
		case a == "-n" || a == "--allowNonRestoredState":
			r.AllowNonRestored = true
		}
	}
	return r
}

// script writes what Flink is to execute.
func (j *job) script(restore flink.Restore) (string, error) {
	s := flink.Script{Restore: restore}
	values := secret.Values{Resources: j.resources}
	for _, r := range j.config.Resources {
		if r.Kind == release.KindJar {
			s.Jars = append(s.Jars, j.resources[r.Name])
		}
	}
	for i, statement := range j.config.Init {
		text, err := values.Text(statement)
		if err != nil {
			return "", usage("init statement %d: %w", i+1, err)
		}
		s.Init = append(s.Init, text)
	}
	if j.config.Run.Script != nil {
		body, err := values.Text(string(j.plan))
		if err != nil {
			return "", usage("script: %w", err)
		}
		s.Body = body
	} else {
		s.Plan = filepath.Join(j.private, "plan.json")
	}
	return s.Text()
}

// runNow writes the script and becomes Flink.
func (j *job) runNow(restore flink.Restore) error {
	text, err := j.script(restore)
	if err != nil {
		return err
	}
	if err := j.write("job.sql", []byte(text)); err != nil {
		return err
	}
	return j.handOver("file://" + filepath.Join(j.private, "job.sql"))
}

// command is the Flink process, with its script at scriptURI; without one for
// TaskManagers.
func (j *job) command(scriptURI string) (flink.Command, error) {
	args := j.args
	switch {
	case scriptURI == "":
	case j.service.Name == flink.StandaloneJob.Name:
		args = append(append([]string{}, args...), "--job-classname", flink.SQLDriver, "--scriptUri", scriptURI)
	default:
		list, err := json.Marshal([]string{"--scriptUri", scriptURI})
		if err != nil {
			return flink.Command{}, err
		}
		j.conf.Set(optMainClass, flink.SQLDriver)
		j.conf.Set(optMainArgs, string(list))
		if err := j.writeConfYAML(); err != nil {
			return flink.Command{}, err
		}
	}
	env, err := j.imageEnvironment()
	if err != nil {
		return flink.Command{}, err
	}
	env = env.With("FLINK_CONF_DIR", j.inst.Conf)
	if !j.options.settings.stock {
		c, err := j.inst.Java(flink.Start{
			Service: j.service, Conf: j.conf, Args: args, Env: env,
			Tuned: true, ArchiveDir: j.options.settings.archiveDir, PID: j.pid,
		})
		if err == nil {
			return c, nil
		}
		j.story("Flink's own scripts start it: %v", err)
	}
	return j.inst.Stock(j.service, args, env), nil
}

// handOver becomes Flink, or stays with it.
func (j *job) handOver(scriptURI string) error {
	c, err := j.command(scriptURI)
	if err != nil {
		return err
	}
	j.story("handing over to %s", filepath.Base(c.Path))
	if j.staysWith() {
		return j.stayWith(c)
	}
	return j.exec(c)
}

// standBy starts Flink, lets it wait for its script until the launch is decided,
// and stands in for it until it ends.
func (j *job) standBy(ctx context.Context, l fence.Launch, check fence.Check) error {
	server, err := standby.Listen()
	if err != nil {
		return fmt.Errorf("standby: %w", err)
	}
	c, err := j.command(server.URL)
	if err != nil {
		return err
	}
	p, err := start(c)
	if err != nil {
		return err
	}
	j.story("standby: %s waits for the decision of launch %d", filepath.Base(c.Path), l.Number)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	decided := make(chan error, 1)
	go func() { decided <- j.decide(ctx, l, check, server) }()
	select {
	case err := <-decided:
		if err != nil {
			_ = server.Close(ctx)
			p.End()
			return err
		}
	case <-p.Done():
		cancel()
		<-decided
	}
	return j.ended(p)
}

// decide waits for the decision and lets the script go.
func (j *job) decide(ctx context.Context, l fence.Launch, check fence.Check, server *standby.Server) error {
	d, err := l.Await(ctx, j.options.settings.standby, check)
	if err != nil {
		return err
	}
	j.story("decision of launch %d: %s", l.Number, d.Verdict)
	restore, err := j.claim(ctx, l, check, d)
	if err != nil {
		return err
	}
	text, err := j.script(restore)
	if err != nil {
		return err
	}
	server.Release(text)
	return nil
}
