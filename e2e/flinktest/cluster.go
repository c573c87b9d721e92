package flinktest

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// sqlDriver is Flink's own main class for SQL scripts (FLIP-480).
const sqlDriver = "org.apache.flink.table.runtime.application.SqlDriver"

// ClusterOptions say how a cluster differs from the plain one of one JobManager
// and one TaskManager. The zero value is good.
type ClusterOptions struct {
	Home    string
	Conf    map[string]string
	Plugins []string
	Env     []string
	Args    []string // for the JobManager, before its program arguments
	// NoTaskManager leaves the TaskManager to StartTaskManager.
	NoTaskManager bool
}

// JobProcess is a JobManager with, at most times, one TaskManager.
type JobProcess struct {
	JobManager  *Process
	TaskManager *Process // nil until there is one
	URL         string   // of the JobManager's REST API
	JobID       string   // empty in a session cluster
	Dir         string

	flink *flink
	start func() error
}

// StandaloneJob runs a SQL script (SETs, DDL and one INSERT or EXECUTE PLAN) as an
// application cluster by Flink's stock scripts. It returns when the REST API
// answers, which is before the job runs.
func StandaloneJob(t testing.TB, script string, conf map[string]string) *JobProcess {
	t.Helper()
	j, err := StartStandaloneJob(script, ClusterOptions{Home: Home(t), Conf: conf})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(j.Stop)
	return j
}

// Cluster runs a session cluster by Flink's stock scripts.
func Cluster(t testing.TB, opts ClusterOptions) *JobProcess {
	t.Helper()
	if opts.Home == "" {
		opts.Home = Home(t)
	}
	j, err := StartCluster(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(j.Stop)
	return j
}

// StartStandaloneJob is StandaloneJob for TestMain and for options.
func StartStandaloneJob(script string, opts ClusterOptions) (*JobProcess, error) {
	j, err := newCluster(opts)
	if err != nil {
		return nil, err
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	j.JobID = hex.EncodeToString(id)
	file := filepath.Join(j.Dir, "job.sql")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		return nil, err
	}
	args := append([]string{"start-foreground", "--job-id", j.JobID}, opts.Args...)
	args = append(args, "--job-classname", sqlDriver, "--scriptUri", "file://"+file)
	return j.run(opts, "standalone-job.sh", args)
}

// StartCluster is Cluster for TestMain.
func StartCluster(opts ClusterOptions) (*JobProcess, error) {
	j, err := newCluster(opts)
	if err != nil {
		return nil, err
	}
	return j.run(opts, "jobmanager.sh", append([]string{"start-foreground"}, opts.Args...))
}

func newCluster(opts ClusterOptions) (*JobProcess, error) {
	if opts.Home == "" {
		var err error
		if opts.Home, err = FindHome(); err != nil {
			return nil, err
		}
	}
	dir, err := os.MkdirTemp("", "flink-cluster-")
	if err != nil {
		return nil, err
	}
	var ports [2]int
	for i := range ports {
		if ports[i], err = FreePort(); err != nil {
			return nil, err
		}
	}
	conf := map[string]string{
		"rest.address":                     "127.0.0.1",
		"rest.bind-address":                "127.0.0.1",
		"rest.port":                        strconv.Itoa(ports[0]),
		"rest.bind-port":                   strconv.Itoa(ports[0]),
		"jobmanager.rpc.address":           "127.0.0.1",
		"jobmanager.bind-host":             "127.0.0.1",
		"jobmanager.rpc.port":              strconv.Itoa(ports[1]),
		"taskmanager.host":                 "127.0.0.1",
		"taskmanager.bind-host":            "127.0.0.1",
		"taskmanager.numberOfTaskSlots":    "4",
		"jobmanager.memory.process.size":   "1024m",
		"taskmanager.memory.process.size":  "1024m",
		"taskmanager.memory.managed.size":  "64m",
		"cluster.registration.error-delay": "200ms", // the default of 10 s is a wait that no test needs
	}
	maps.Copy(conf, opts.Conf)
	env := append([]string{"FLINK_ENV_JAVA_OPTS_JM=" + quickJVM, "FLINK_ENV_JAVA_OPTS_TM=" + quickJVM}, opts.Env...)
	f, err := newFlink(opts.Home, dir, conf, opts.Plugins, env)
	if err != nil {
		return nil, err
	}
	return &JobProcess{URL: "http://127.0.0.1:" + conf["rest.port"], Dir: dir, flink: f}, nil
}

func (j *JobProcess) run(opts ClusterOptions, script string, args []string) (*JobProcess, error) {
	j.start = func() (err error) {
		j.JobManager, err = startProcess(j.flink.command(script, args...), filepath.Join(j.Dir, "jobmanager.out"))
		return err
	}
	err := j.start()
	if err == nil && !opts.NoTaskManager {
		err = j.StartTaskManager()
	}
	if err == nil {
		err = j.AwaitREST()
	}
	if err != nil {
		j.Stop()
		return nil, err
	}
	return j, nil
}

// StartTaskManager starts the TaskManager, again after it was ended.
func (j *JobProcess) StartTaskManager() error {
	p, err := startProcess(j.flink.command("taskmanager.sh", "start-foreground"), filepath.Join(j.Dir, "taskmanager.out"))
	if err != nil {
		return err
	}
	j.TaskManager = p
	return nil
}

// RestartJobManager ends the JobManager, if it still runs, and starts it again at
// its address.
func (j *JobProcess) RestartJobManager() error {
	j.JobManager.Kill()
	if err := j.start(); err != nil {
		return err
	}
	return j.AwaitREST()
}

// AwaitREST waits until the JobManager answers.
func (j *JobProcess) AwaitREST() error {
	return j.JobManager.await(fmt.Sprintf("JobManager at %s", j.URL), startTimeout, func() error { return get(j.URL + "/overview") })
}

// Stop ends both processes and removes their directory.
func (j *JobProcess) Stop() {
	for _, p := range []*Process{j.TaskManager, j.JobManager} {
		if p != nil {
			p.Stop()
		}
	}
	_ = os.RemoveAll(j.Dir) // a test's leftovers; nothing depends on it
}
