package flinkrest

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"flink-sql-driver/submitter/internal/javatrace"
)

// Job is one job in a list.
type Job struct {
	ID     string
	Name   string
	Status string // org.apache.flink.api.common.JobStatus: RUNNING, FINISHED, …
	Start  time.Time
	End    time.Time // zero while it runs
}

// Jobs lists the jobs that the JobManager knows, ended ones included.
func (c *Client) Jobs(ctx context.Context) ([]Job, error) {
	var answer struct {
		Jobs []struct {
			ID    string `json:"jid"`
			Name  string `json:"name"`
			State string `json:"state"`
			Start int64  `json:"start-time"`
			End   int64  `json:"end-time"`
		} `json:"jobs"`
	}
	if err := c.call(ctx, "list of jobs", http.MethodGet, "/jobs/overview", nil, &answer); err != nil {
		return nil, err
	}
	jobs := make([]Job, 0, len(answer.Jobs))
	for _, j := range answer.Jobs {
		if j.ID == "" || j.State == "" {
			return nil, c.fail("list of jobs", ErrProtocol, "a job without id or state")
		}
		jobs = append(jobs, Job{ID: j.ID, Name: j.Name, Status: j.State, Start: fromMillis(j.Start), End: fromMillis(j.End)})
	}
	return jobs, nil
}

// JobStatus returns the job's status, such as RUNNING. ErrNotFound is also the
// answer for a job that the JobManager has not yet begun with.
func (c *Client) JobStatus(ctx context.Context, job string) (string, error) {
	op := "status of job " + job
	var answer struct {
		Status string `json:"status"`
	}
	if err := c.call(ctx, op, http.MethodGet, "/jobs/"+escape(job)+"/status", nil, &answer); err != nil {
		return "", err
	}
	if answer.Status == "" {
		return "", c.fail(op, ErrProtocol, "no status in the answer")
	}
	return answer.Status, nil
}

// Details is a job with its vertices.
type Details struct {
	Job
	// RunningSince is when the job became RUNNING last, by its JobManager's clock:
	// every restart changes it, even one that was over before anybody looked
	// (org.apache.flink.runtime.executiongraph.AccessExecutionGraph.getStatusTimestamp).
	RunningSince   time.Time
	MaxParallelism int // -1: none was set
	Vertices       []Vertex
}

// Vertex is a chain of operators.
type Vertex struct {
	ID             string
	Name           string
	Status         string // org.apache.flink.runtime.execution.ExecutionState
	Parallelism    int
	MaxParallelism int
	Tasks          map[string]int // number of subtasks by state
}

// AllRunning reports whether every subtask of every vertex runs or has finished.
// A job is RUNNING long before.
func (d Details) AllRunning() bool {
	for _, v := range d.Vertices {
		for state, n := range v.Tasks {
			if n > 0 && state != "RUNNING" && state != "FINISHED" {
				return false
			}
		}
		if len(v.Tasks) == 0 && v.Status != "RUNNING" && v.Status != "FINISHED" {
			return false
		}
	}
	return len(d.Vertices) > 0
}

// JobDetails returns the job and the states of its vertices.
func (c *Client) JobDetails(ctx context.Context, job string) (Details, error) {
	op := "details of job " + job
	var a struct {
		ID             string           `json:"jid"`
		Name           string           `json:"name"`
		State          string           `json:"state"`
		Start          int64            `json:"start-time"`
		End            int64            `json:"end-time"`
		Timestamps     map[string]int64 `json:"timestamps"` // by status
		MaxParallelism int              `json:"maxParallelism"`
		Vertices       []struct {
			ID             string         `json:"id"`
			Name           string         `json:"name"`
			Status         string         `json:"status"`
			Parallelism    int            `json:"parallelism"`
			MaxParallelism int            `json:"maxParallelism"`
			Tasks          map[string]int `json:"tasks"`
		} `json:"vertices"`
	}
	if err := c.call(ctx, op, http.MethodGet, "/jobs/"+escape(job), nil, &a); err != nil {
		return Details{}, err
	}
	if a.ID != job {
		return Details{}, c.fail(op, ErrProtocol, fmt.Sprintf("the answer is about job %q", a.ID))
	}
	d := Details{Job: Job{ID: a.ID, Name: a.Name, Status: a.State, Start: fromMillis(a.Start), End: fromMillis(a.End)}, MaxParallelism: a.MaxParallelism, RunningSince: fromMillis(a.Timestamps["RUNNING"])}
	for _, v := range a.Vertices {
		d.Vertices = append(d.Vertices, Vertex(v))
	}
	return d, nil
}

// Cancel asks for the job's cancellation; it does not wait for it. A job that has
// ended already gives ErrConflict.
func (c *Client) Cancel(ctx context.Context, job string) error {
	return c.call(ctx, "cancellation of job "+job, http.MethodPatch, "/jobs/"+escape(job)+"?mode=cancel", nil, nil)
}

// Failure is one exception of a job's history.
type Failure struct {
	Time  time.Time
	Cause string // root cause, one line
	Class string // of the root cause, without its package
	Task  string // empty for failures of the whole job
	Trace string // the whole Java stack trace
	// Site is where the root cause was thrown, with its class (javatrace.Site): failures
	// of one site are the same one, whatever values their messages tell.
	Site string
}

// maxFailures bounds the history that is asked for.
const maxFailures = 20

// Exceptions returns the job's latest failures, the newest first.
func (c *Client) Exceptions(ctx context.Context, job string) ([]Failure, error) {
	var a struct {
		History struct {
			Entries []struct {
				Name  string `json:"exceptionName"`
				Trace string `json:"stacktrace"`
				Time  int64  `json:"timestamp"`
				Task  string `json:"taskName"`
			} `json:"entries"`
		} `json:"exceptionHistory"`
	}
	path := fmt.Sprintf("/jobs/%s/exceptions?maxExceptions=%d", escape(job), maxFailures)
	if err := c.call(ctx, "exceptions of job "+job, http.MethodGet, path, nil, &a); err != nil {
		return nil, err
	}
	failures := make([]Failure, 0, len(a.History.Entries))
	for _, e := range a.History.Entries {
		root := javatrace.Root(javatrace.Chain(e.Trace))
		if root.Message == "" {
			root.Message = e.Name
		}
		failures = append(failures, Failure{Time: fromMillis(e.Time), Cause: cut(root.Text()), Class: root.Class, Task: e.Task, Trace: e.Trace, Site: javatrace.Site(e.Trace)})
	}
	return failures, nil
}

// fromMillis is the zero time for Flink's -1 and 0.
func fromMillis(ms int64) time.Time {
	if ms <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
