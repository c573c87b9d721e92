package cmd

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/urfave/cli/v2"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/target"
)

// statusReport is what status prints; text and JSON are two renderings.
type statusReport struct {
	Jobs []jobStatus `json:"jobs"`
}

type jobStatus struct {
	Name         string            `json:"name"`
	Status       string            `json:"status"`
	State        string            `json:"state"` // the desired one
	Target       string            `json:"target"`
	ClusterID    string            `json:"clusterId,omitempty"`
	JobID        string            `json:"jobId,omitempty"`
	UI           string            `json:"ui,omitempty"`
	QueryVersion int               `json:"queryVersion"`
	QueryID      string            `json:"queryId"`
	Release      string            `json:"release,omitempty"`
	Launch       uint64            `json:"launch,omitempty"`
	Phase        journal.Phase     `json:"phase"`
	Owner        string            `json:"owner"`
	Since        time.Time         `json:"since"`
	Checkpoint   *checkpointStatus `json:"checkpoint,omitempty"`
	Problem      string            `json:"problem,omitempty"`
}

type checkpointStatus struct {
	ID   int64     `json:"id"`
	Path string    `json:"path,omitempty"`
	Time time.Time `json:"time"`
}

func statusCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "status",
		Usage:     "what every job is doing",
		ArgsUsage: "[NAME…]",
		Description: `The record in the store, and what target and JobManager say. It asks only; without a name it shows every job.

   submitter status
   submitter status orders -o json

` + exits(exitDone, exitFailed, exitUsage, exitInterrupted),
		Flags: append(placeFlags(), outputFlag()),
		Action: func(c *cli.Context) error {
			return withRecords(c, func(p *place) error {
				r, err := p.status(c.Context, c.Args().Slice())
				if err != nil {
					return err
				}
				return render(c, s.out, r, r.text)
			})
		},
	}
}

// status looks at the named jobs, or at all.
func (p *place) status(ctx context.Context, names []string) (statusReport, error) {
	records, unreadable, err := p.journal.All(ctx, p.bucketID)
	if err != nil {
		return statusReport{}, err
	}
	if len(names) == 0 {
		names = slices.AppendSeq(slices.Collect(maps.Keys(records)), maps.Keys(unreadable))
		slices.Sort(names)
	}
	r := statusReport{Jobs: []jobStatus{}}
	var wg sync.WaitGroup
	for _, n := range names {
		if err := unreadable[n]; err != nil {
			r.Jobs = append(r.Jobs, jobStatus{Name: n, Status: string(target.Unknown), Problem: err.Error()})
			continue
		}
		e := records[n]
		if e == nil {
			return r, fmt.Errorf("%s: there is no record of it in %s", n, p.bucket.URL())
		}
		if e.Action == journal.Delete {
			continue
		}
		r.Jobs = append(r.Jobs, recorded(e))
	}
	for i := range r.Jobs {
		if e := records[r.Jobs[i].Name]; e != nil {
			wg.Go(func() { p.observe(ctx, e, &r.Jobs[i]) })
		}
	}
	wg.Wait()
	return r, nil
}

// recorded is what the record alone says.
func recorded(e *journal.Entry) jobStatus {
	j := jobStatus{
		Name: e.Name, State: e.State, Target: e.Target, Phase: e.Phase, Owner: e.Owner, Since: e.Time,
		QueryVersion: e.Meta.QueryVersion, QueryID: e.Meta.QueryID, Problem: e.Problem, Status: "not started",
	}
	if e.Release != nil {
		j.Release = e.Release.Digest
	}
	if l := e.Launch; l != nil {
		j.ClusterID, j.JobID, j.Launch = l.ClusterID, l.JobID, l.Number
	}
	return j
}

// observe adds what target and JobManager say.
func (p *place) observe(ctx context.Context, e *journal.Entry, j *jobStatus) {
	if e.Launch == nil {
		return
	}
	if e.Target != targetKind || e.Namespace != targetNamespace {
		j.elsewhere(e)
		return
	}
	ref := target.Ref{Name: e.Name, Launch: e.Launch.Number, ClusterID: e.Launch.ClusterID, JobID: e.Launch.JobID}
	seen, err := p.local.Observe(ctx, ref)
	if err != nil {
		j.Status, j.Problem = string(target.Unknown), err.Error()
		return
	}
	j.Status, j.UI = string(seen.Condition), seen.UI
	switch {
	case seen.Condition == target.Failed && j.Problem == "":
		j.Problem = firstOf(seen.LastWord, seen.Proof)
	case seen.Condition.Dead() && e.State != "running":
		j.Status = e.State
	case seen.Condition == target.Running:
		j.Problem = firstOf(j.Problem, seen.Problem)
		p.askJobManager(ctx, ref, j)
	}
}

// elsewhere is for a record of a target that this command cannot see: what does not
// run here may well run there.
func (j *jobStatus) elsewhere(e *journal.Entry) {
	if apply.Ended(e) {
		j.Status = e.State
		return
	}
	j.Status = string(target.Unknown)
	if j.Problem == "" {
		j.Problem = "it is on the target " + apply.Place(e.Target, e.Namespace) + ", which cannot be seen from here: this command looks at " + apply.Place(targetKind, targetNamespace)
	}
}

// askTimeout keeps status quick when a JobManager hangs.
const askTimeout = 3 * time.Second

func (p *place) askJobManager(ctx context.Context, ref target.Ref, j *jobStatus) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	jm, err := p.local.JobManager(ctx, ref)
	if err != nil {
		return
	}
	status, err := jm.JobStatus(ctx, ref.JobID)
	if err != nil {
		if j.Problem == "" {
			j.Problem = err.Error()
		}
		return
	}
	j.Status = status
	if c, err := jm.Checkpoints(ctx, ref.JobID); err == nil && c.Latest != nil {
		j.Checkpoint = &checkpointStatus{ID: c.Latest.ID, Path: c.Latest.Path, Time: c.Latest.Time}
	}
	if status != "RUNNING" && j.Problem == "" {
		if causes, err := jm.Exceptions(ctx, ref.JobID); err == nil && len(causes) > 0 {
			j.Problem = causes[0].Cause
		}
	}
}

func (r statusReport) text(w io.Writer) error {
	if len(r.Jobs) == 0 {
		_, err := fmt.Fprintln(w, "no jobs")
		return err
	}
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"Name", "Status", "Version", "Job ID", "UI", "Problem"})
	for _, j := range r.Jobs {
		t.AppendRow(table.Row{j.Name, j.Status, j.QueryVersion, j.JobID, j.UI, short(j.Problem)})
	}
	t.Render()
	return nil
}

// short keeps a table's rows on a screen; -o json has the whole text.
func short(s string) string {
	const width = 60
	r := []rune(s)
	if len(r) <= width {
		return s
	}
	return string(r[:width-1]) + "…"
}
