package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"

	"flink-sql-driver/driver/internal/fence"
	"flink-sql-driver/driver/internal/flink"
	"flink-sql-driver/driver/internal/localize"
	"flink-sql-driver/driver/internal/secret"
	"flink-sql-driver/plan"
	"flink-sql-driver/plan/release"
)

const (
	maxConfigBytes = 16 << 20
	maxPlanBytes   = 512 << 20
)

// job is what a run prepares for Flink, step by step.
type job struct {
	*driver
	service flink.Service
	args    []string
	inst    flink.Installation
	options options

	sources   *localize.Sources
	config    release.Config
	plan      []byte // compiled plan or script, with its references
	resources map[string]string
	private   string   // directory of this process
	made      []string // what was made for it, outermost first
	conf      *flink.Conf
	ranBefore bool // this launch was claimed before
}

// prepare brings everything here and leaves it in the private directory.
func (j *job) prepare(ctx context.Context) error {
	j.sources = &localize.Sources{Options: j.options.all()}
	fetcher := &localize.Fetcher{Open: j.sources.Open}
	if err := j.fetchConfig(ctx, fetcher); err != nil {
		return err
	}
	if err := j.fetchFiles(ctx, fetcher); err != nil {
		return err
	}
	if j.plan != nil && j.config.Run.Script == nil {
		if err := checkMentions(j.plan); err != nil {
			return err
		}
	}
	values, err := j.values()
	if err != nil {
		return err
	}
	if err := j.makePrivateDir(len(values.Secrets) > 0); err != nil {
		return err
	}
	if err := j.writeConf(values); err != nil {
		return err
	}
	if j.plan == nil || j.config.Run.Script != nil {
		return nil // a script has no secrets and becomes part of ours
	}
	filled, err := values.Plan(j.plan)
	if err != nil {
		return usage("plan: %w", err)
	}
	return j.write("plan.json", filled)
}

func (j *job) fetchConfig(ctx context.Context, f *localize.Fetcher) error {
	s := j.options.settings
	j.config = release.Config{Version: release.ConfigVersion, Run: release.Run{Plan: &release.File{URI: s.plan}}}
	if s.config.URI == "" {
		return nil
	}
	data, err := f.Bytes(ctx, s.config, maxConfigBytes)
	if err != nil {
		return localized("driver config", err)
	}
	if j.config, err = decodeConfig(data, s.plan); err != nil {
		return fmt.Errorf("%s: %w", s.config.URI, err)
	}
	j.story("driver config %s", s.config.URI)
	return nil
}

// fetchFiles fetches plan and resources side by side.
func (j *job) fetchFiles(ctx context.Context, f *localize.Fetcher) error {
	group, ctx := errgroup.WithContext(ctx)
	if file := runFile(j.config.Run); j.service.Role == flink.JobManager && j.options.settings.any() {
		if file.URI == "" {
			return usage("neither the driver config nor %s says where the plan is", optPlan)
		}
		group.Go(func() (err error) {
			j.plan, err = f.Bytes(ctx, localize.File{URI: file.URI, SHA256: file.SHA256, Size: file.Size}, maxPlanBytes)
			if err != nil {
				return localized("plan", err)
			}
			return j.checkPlan(file.URI, file.SHA256 != "")
		})
	}
	group.Go(func() (err error) {
		if len(j.config.Resources) == 0 {
			return nil
		}
		j.resources, err = f.Resources(ctx, j.options.settings.placeForWork(j.inst.Conf), j.config.Resources, j.options.settings.limits)
		return err
	})
	if err := group.Wait(); err != nil {
		return err
	}
	if j.plan != nil {
		j.story("plan, %d bytes, and %d resources", len(j.plan), len(j.resources))
	} else if len(j.resources) > 0 {
		j.story("%d resources", len(j.resources))
	}
	return nil
}

// checkPlan makes sure that a plan is whole before Flink is started with it. One
// whose digest was right needs no look inside.
func (j *job) checkPlan(uri string, verified bool) error {
	if j.config.Run.Script != nil {
		if secrets, _ := secret.Names(j.plan); len(secrets) > 0 {
			return usage("script %s: it mentions ${secret:%s}, and Flink prints every statement to its log; use a compiled plan", uri, secrets[0])
		}
		return nil
	}
	if verified {
		return nil
	}
	var head struct {
		FlinkVersion string            `json:"flinkVersion"`
		Nodes        []json.RawMessage `json:"nodes"`
	}
	if err := json.Unmarshal(j.plan, &head); err != nil {
		return fmt.Errorf("plan %s, %d bytes: %w; is it whole?", uri, len(j.plan), err)
	}
	if head.FlinkVersion == "" || len(head.Nodes) == 0 {
		return fmt.Errorf("plan %s: it is JSON, but not a compiled plan of Flink", uri)
	}
	return nil
}

// checkMentions refuses a plan that has secrets where they would be shown, before
// anything is looked up or written.
func checkMentions(compiled []byte) error {
	mentions, err := plan.Mentions(compiled)
	if err == nil {
		err = plan.StraySecrets(mentions)
	}
	if err != nil {
		return usage("plan: %w", err)
	}
	return nil
}

// values resolves every reference in plan, session, init statements and
// config.yaml.
func (j *job) values() (secret.Values, error) {
	names := slices.Clone(j.config.Secrets)
	if j.service.Role == flink.TaskManager {
		names = nil // a TaskManager sees no plan, and needs no secret of it
	}
	more, _ := secret.Names(j.plan)
	names = append(names, more...)
	for _, text := range j.config.Session {
		more, _ := secret.Names([]byte(text))
		names = append(names, more...)
	}
	if j.service.Role == flink.JobManager {
		for _, catalog := range j.config.Catalogs {
			for _, text := range catalog.Options {
				more, _ := secret.Names([]byte(text))
				names = append(names, more...)
			}
		}
	}
	for _, key := range j.options.keys() {
		text, _ := j.options.Get(key)
		more, _ := secret.Names([]byte(text))
		names = append(names, more...)
	}
	store := secret.Store{Lookup: os.LookupEnv, Dir: j.options.settings.secretDir}
	secrets, err := store.GetAll(names)
	return secret.Values{Secrets: secrets, Resources: j.resources}, err
}

// clusterName is the cluster's id where it has one, else this process's.
func (j *job) clusterName() string {
	if _, name, number, err := fence.ParseURI(j.options.settings.launch); err == nil {
		return plan.ClusterID(name, number)
	}
	if id, ok := j.options.Get("kubernetes.cluster-id"); ok && release.CheckName(id) == nil {
		return id
	}
	return strconv.Itoa(j.pid)
}

// write puts a file into the private directory, readable by its owner alone.
func (j *job) write(name string, data []byte) error {
	root, err := os.OpenRoot(j.private)
	if err != nil {
		return err
	}
	defer root.Close()
	if dir := filepath.Dir(name); dir != "." {
		if err := root.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return localize.WriteAtomically(root, name, 0o600, func(w io.Writer) error {
		_, err := io.Copy(w, bytes.NewReader(data))
		return err
	})
}
