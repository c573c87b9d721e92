package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/urfave/cli/v2"

	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/target"
)

// statusReport is what status prints; text and JSON are two renderings.
type statusReport struct {
	Jobs  []jobStatus `json:"jobs"`
	store string      // where was looked
}

type jobStatus struct {
	Name         string            `json:"name"`
	Status       string            `json:"status"`
	State        string            `json:"state"`              // the desired one
	Override     string            `json:"override,omitempty"` // a wish by hand that the state comes from
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
VERSION is the query version, which goes up with every change of the query, whether its state is kept or not.
docs/cli.md says what every status means and what to do about it; -o json has the whole text of problems.

   submitter status
   submitter status orders -o json

` + exits(exitDone, exitFailed, exitUsage, exitInterrupted),
		Flags: append(placeFlags(), outputFlag()),
		Action: func(c *cli.Context) error {
			return withRecords(c, func(p *place) error {
				r, err := p.status(c.Context, c.Args().Slice())
				var strangers *strangersError
				if err != nil && (!errors.As(err, &strangers) || len(r.Jobs) == 0) {
					return err
				}
				return errors.Join(render(c, s.out, r, r.text), err)
			})
		},
	}
}

// strangersError says what is wrong with each job that was asked for by name and that
// there is none of.
type strangersError struct{ why []string }

func (e *strangersError) Error() string { return strings.Join(e.why, "\n") }

// status looks at the named jobs, or at all. Beside a *strangersError there is a report
// on the others.
func (p *place) status(ctx context.Context, names []string) (statusReport, error) {
	records, unreadable, err := p.journal.All(ctx, p.bucketID)
	if err != nil {
		return statusReport{}, err
	}
	asked := len(names) > 0
	if !asked {
		names = slices.AppendSeq(slices.Collect(maps.Keys(records)), maps.Keys(unreadable))
		slices.Sort(names)
	}
	r := statusReport{Jobs: []jobStatus{}, store: p.bucket.URL()}
	strangers := &strangersError{}
	var wg sync.WaitGroup
	surveys := target.NewSurveys(ctx)
	for _, n := range names {
		if err := unreadable[n]; err != nil {
			r.Jobs = append(r.Jobs, jobStatus{Name: n, Status: statusUnknown, Problem: err.Error()})
			continue
		}
		switch e := records[n]; {
		case e == nil:
			strangers.why = append(strangers.why, fmt.Sprintf("%s: there is no record of it in %s", n, p.bucket.URL()))
		case e.Action != journal.Delete:
			r.Jobs = append(r.Jobs, recorded(e))
		case asked:
			strangers.why = append(strangers.why, fmt.Sprintf("%s: it was deleted on %s; `submitter history %s` tells its story", n, e.Time.Format(time.DateOnly), n))
		}
	}
	for i := range r.Jobs {
		if e := records[r.Jobs[i].Name]; e != nil {
			wg.Go(func() { p.observe(ctx, surveys, e, &r.Jobs[i]) })
		}
	}
	wg.Wait()
	for i, j := range r.Jobs {
		e := records[j.Name]
		if e == nil || j.Problem == "" {
			continue
		}
		if names := deploy.SecretNames(e); len(names) > 0 {
			r.Jobs[i].Problem = deploy.Secrets(ctx, p.bucket, e).Hide(names, j.Problem)
		}
	}
	if len(strangers.why) > 0 {
		return r, strangers
	}
	return r, nil
}

// recorded is what the record alone says.
func recorded(e *journal.Entry) jobStatus {
	j := jobStatus{
		Name: e.Name, State: e.State, Target: e.Target, Phase: e.Phase, Owner: e.Owner, Since: e.Time,
		QueryVersion: e.Meta.QueryVersion, QueryID: e.Meta.QueryID, Problem: e.Problem, Override: e.Override, Status: unlaunched(e),
	}
	if e.Release != nil {
		j.Release = e.Release.Digest
	}
	if l := e.Launch; l != nil {
		j.ClusterID, j.JobID, j.Launch = l.ClusterID, l.JobID, l.Number
	}
	return j
}

func (r statusReport) text(w io.Writer) error {
	if len(r.Jobs) == 0 {
		_, err := fmt.Fprintf(w, "no jobs in %s\n", r.store)
		return err
	}
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(table.StyleLight)
	t.SetColumnConfigs([]table.ColumnConfig{{Name: "Problem", WidthMax: problemWidth, WidthMaxEnforcer: text.WrapSoft}})
	t.AppendHeader(table.Row{"Name", "Status", "Version", "Job ID", "UI", "Problem"})
	for _, j := range r.Jobs {
		status := j.Status
		if j.Override != "" && status == strings.ToUpper(j.Override) {
			status += " by hand"
		}
		t.AppendRow(table.Row{j.Name, status, j.QueryVersion, j.JobID, shownUI(j.UI), cutAt(j.Problem, problemLines*problemWidth)})
	}
	t.Render()
	return nil
}

// shownUI leaves out of a table what no browser can open: the API server's proxy wants
// credentials. What it leads to is the service's name.
func shownUI(ui string) string {
	_, service, ok := strings.Cut(ui, "/services/")
	if name, _, proxy := strings.Cut(service, ":"); ok && proxy {
		return "service " + name
	}
	return ui
}

// A problem's column and how many lines of it a table shows; -o json has the whole
// text.
const (
	problemWidth = 60
	problemLines = 4
)

// short keeps a table's rows on a screen; -o json has the whole text.
func short(s string) string { return cutAt(s, problemWidth) }

func cutAt(s string, width int) string {
	r := []rune(s)
	if len(r) <= width {
		return s
	}
	return string(r[:width-1]) + "…"
}
