package flink

import (
	"fmt"
	"path/filepath"
)

// Role is the kind of a Flink process.
type Role string

// The roles.
const (
	JobManager  Role = "jobmanager"
	TaskManager Role = "taskmanager"
)

// Service is one of the processes that flink-console.sh can start.
type Service struct {
	Name  string // flink-console.sh's word for it
	Role  Role
	class string
	// script and first are how the stock script for it is called.
	script string
	first  []string
	// ConfigDir says whether the process is given --configDir.
	configDir bool
	// memory computes what the script asks BashJavaUtils for; nil where the
	// caller has worked it out already (FLINK_TM_JVM_MEM_OPTS).
	memory func(Source) (Memory, error)
}

// The services that the driver prepares a job for.
var (
	StandaloneJob = Service{
		Name: "standalonejob", Role: JobManager, configDir: true, memory: JobManagerMemory,
		class:  "org.apache.flink.container.entrypoint.StandaloneApplicationClusterEntryPoint",
		script: "standalone-job.sh", first: []string{"start-foreground"},
	}
	KubernetesApplication = Service{
		Name: "kubernetes-application", Role: JobManager, memory: JobManagerMemory,
		class:  "org.apache.flink.kubernetes.entrypoint.KubernetesApplicationClusterEntrypoint",
		script: "kubernetes-jobmanager.sh", first: []string{"kubernetes-application"},
	}
	TaskExecutor = Service{
		Name: "taskexecutor", Role: TaskManager, configDir: true, memory: TaskManagerMemory,
		class:  "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
		script: "taskmanager.sh", first: []string{"start-foreground"},
	}
	KubernetesTaskManager = Service{
		Name: "kubernetes-taskmanager", Role: TaskManager, configDir: true,
		class:  "org.apache.flink.kubernetes.taskmanager.KubernetesTaskExecutorRunner",
		script: "kubernetes-taskmanager.sh",
	}
)

// Command is a program ready to be executed.
type Command struct {
	Path string
	Argv []string
	Env  Env
	// Out and Err are files that take standard output and error; empty: as they are.
	Out, Err string
}

// Stock returns the call of Flink's own script for a service.
func (i Installation) Stock(s Service, args []string, env Env) Command {
	path := filepath.Join(i.Bin, s.script)
	argv := append([]string{path}, s.first...)
	return Command{Path: path, Argv: append(argv, args...), Env: env}
}

// StockError says why java cannot be started directly and Flink's scripts have
// to be used.
type StockError struct{ Err error }

func (e *StockError) Error() string { return e.Err.Error() }
func (e *StockError) Unwrap() error { return e.Err }

func stock(format string, args ...any) error { return &StockError{fmt.Errorf(format, args...)} }
