//go:build linux

package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/flinkconf"
	"flink-sql-driver/submitter/internal/gateway"
	"flink-sql-driver/submitter/internal/target"
)

// archiveRoles are the processes that start faster with an archive of the
// classes they load (JEP 350); the driver looks for <role>.jsa.
var archiveRoles = []string{roleJobManager, "taskmanager"}

// archiveGrace is how long a TaskManager may take to write its archive.
const archiveGrace = 2 * time.Minute

// archives is the directory of class archives for this Flink and this Java, or
// empty. A JVM takes an archive only if jars and JVM are the very same, so both
// are part of the name.
func (t *Target) archives(java string) string {
	if t.config.StockStart {
		return ""
	}
	base := t.config.ArchiveDir
	if base == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return ""
		}
		base = filepath.Join(cache, "flink-sql", "class-archives")
	}
	sum := sha256.New()
	fmt.Fprintln(sum, t.config.FlinkHome, java)
	lib := filepath.Join(t.config.FlinkHome, "lib")
	entries, err := os.ReadDir(lib)
	if err != nil {
		return ""
	}
	files := []string{filepath.Join(java, "release"), filepath.Join(java, "lib", "server", "libjvm.so")}
	for _, e := range entries {
		files = append(files, filepath.Join(lib, e.Name()))
	}
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			fmt.Fprintln(sum, f, info.Size(), info.ModTime().UnixNano())
		}
	}
	dir := filepath.Join(base, hex.EncodeToString(sum.Sum(nil)[:8]))
	if strings.ContainsAny(dir, " \t\n,:;") {
		return "" // it could not stand in a JVM's options
	}
	return dir
}

// archived reports whether a directory of archives is complete.
func archived(dir string) bool {
	for _, role := range archiveRoles {
		if info, err := os.Stat(filepath.Join(dir, role+".jsa")); err != nil || info.Size() == 0 {
			return false
		}
	}
	return true
}

// Archive prepares what makes JobManagers and TaskManagers of this Flink and
// this Java start in about half the time: it runs a small job once and has both
// JVMs write down the classes that they loaded. It does nothing if that was done
// before, and launches work without it. It takes about half a minute.
func (t *Target) Archive(ctx context.Context) error {
	if err := t.archive(ctx); err != nil {
		return fmt.Errorf("class archives for %s: %w", t.config.FlinkHome, err)
	}
	return nil
}

func (t *Target) archive(ctx context.Context) error {
	if err := t.check(); err != nil {
		return err
	}
	java, err := t.java(ctx)
	if err != nil {
		return err
	}
	dir := t.archives(java)
	if dir == "" || archived(dir) {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	lock, err := hold(ctx, filepath.Join(dir, "lock"), t.waitFor("the lock of the class archives", archiveBusy))
	if err != nil {
		return err
	}
	defer lock.Close()
	if archived(dir) {
		return nil // by somebody else, meanwhile
	}
	work, err := os.MkdirTemp(dir, "run-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := t.rehearse(ctx, work); err != nil {
		return err
	}
	for _, role := range archiveRoles {
		if err := os.Rename(filepath.Join(work, role+".jsa"), filepath.Join(dir, role+".jsa")); err != nil {
			return fmt.Errorf("the %s wrote none: %w", role, err)
		}
	}
	return nil
}

// rehearsal is the job that is run for its classes: a source, a keyed
// aggregation and a sink, with checkpoints.
var rehearsal = []string{
	"CREATE TABLE src (k INT, t AS PROCTIME()) WITH ('connector'='datagen','number-of-rows'='100','rows-per-second'='50')",
	"CREATE TABLE snk (k INT, n BIGINT) WITH ('connector'='blackhole')",
	"INSERT INTO snk SELECT k, COUNT(*) FROM src GROUP BY k",
}

// rehearse runs the job in a place of its own, with JVMs that write archives
// into work when they end.
func (t *Target) rehearse(ctx context.Context, work string) error {
	url, err := t.Gateway(ctx)
	if err != nil {
		return err
	}
	compiled := filepath.Join(work, "plan.json")
	if err := compileRehearsal(ctx, url, compiled); err != nil {
		return err
	}
	config, err := json.Marshal(release.Config{Version: release.ConfigVersion, Run: release.Run{Plan: &release.File{URI: "file://" + compiled}}})
	if err != nil {
		return err
	}
	configFile := filepath.Join(work, "config.json")
	if err := os.WriteFile(configFile, config, 0o644); err != nil {
		return err
	}
	options, err := flinkconf.Read(filepath.Join(t.config.FlinkHome, "conf", "config.yaml"))
	if err != nil {
		return err
	}
	own := map[string]string{
		"execution.checkpointing.interval": "500 ms",
		"execution.checkpointing.dir":      "file://" + filepath.Join(work, "checkpoints"),
	}
	for _, role := range archiveRoles {
		key := "env.java.opts." + role
		own[key] = strings.TrimSpace(options[key] + " -XX:ArchiveClassesAtExit=" + filepath.Join(work, role+".jsa"))
	}
	c := t.config
	c.Root, c.ArchiveDir = filepath.Join(work, "local"), filepath.Join(work, "none")
	stage, err := New(c)
	if err != nil {
		return err
	}
	stage.taskManagerGrace = archiveGrace
	const name = "rehearsal"
	id := plan.ClusterID(name, 1)
	l := target.Launch{
		Ref:     target.Ref{Name: name, Launch: 1, ClusterID: id, JobID: plan.JobID(name, id)},
		PlanURI: "file://" + compiled, ConfigURI: "file://" + configFile, Options: own,
	}
	err = stage.runToEnd(ctx, l)
	return errors.Join(err, stage.Remove(context.WithoutCancel(ctx), l.Ref))
}

func compileRehearsal(ctx context.Context, url, path string) error {
	client, err := gateway.New(url, gateway.Options{})
	if err != nil {
		return err
	}
	session, err := client.Open(ctx, "class-archives", nil)
	if err != nil {
		return err
	}
	defer session.Close()
	last := len(rehearsal) - 1
	for i, statement := range rehearsal {
		if i == last {
			statement = "COMPILE PLAN 'file://" + path + "' FOR " + statement
		}
		if _, err := session.Execute(ctx, statement, nil); err != nil {
			return err
		}
	}
	return nil
}

// runToEnd launches a bounded job and waits until nothing of it runs any more.
func (t *Target) runToEnd(ctx context.Context, l target.Launch) error {
	if err := t.Launch(ctx, l); err != nil {
		return err
	}
	dir, err := t.runDir(l.Ref)
	if err != nil {
		return err
	}
	for {
		s, err := readStatus(dir)
		if err == nil && !s.Ended.IsZero() {
			break
		}
		if supervised, herr := held(filepath.Join(dir, supervisorLock)); herr != nil || !supervised {
			return errors.Join(errors.New("its supervisor is gone"), err, herr)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * alivePoll):
		}
	}
	o, err := t.Observe(ctx, l.Ref)
	if err == nil && o.Condition != target.Finished {
		err = fmt.Errorf("the job did not finish: %s: %s", o.Proof, o.LastWord)
	}
	return err
}
