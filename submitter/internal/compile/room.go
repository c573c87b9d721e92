package compile

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"flink-sql-driver/submitter/internal/gateway"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/sqltext"
)

// compilePlan runs a COMPILE PLAN statement, and keeps what it is FOR.
func (j *job) compilePlan(ctx context.Context, statement, uri string) error {
	j.query = strings.TrimPrefix(statement, "COMPILE PLAN "+sqltext.Literal(uri)+" FOR")
	_, err := j.session.Execute(ctx, statement, nil)
	return err
}

// fits refuses a job that needs more slots than its cluster has: it would wait for them
// until it is given up. The planner is asked once more only where that may be so.
func (j *job) fits(ctx context.Context) error {
	room := j.Job.Room
	if room == nil || j.query == "" || j.Job.MostSlots() <= room.All() {
		return nil
	}
	need, err := j.slots(ctx)
	var refused *gateway.Error
	if errors.As(err, &refused) && refused.Kind == gateway.SQL {
		return nil // what cannot be explained can be run
	}
	if err != nil || need <= room.All() {
		return err
	}
	return &Error{At: j.Job.WhereParallelism(), Key: "parallelism", Cause: room.Lacks(need) + "; " + manifest.MoreSlots}
}

// slots is how many the job takes: the largest parallelism of its operators, since they
// share them.
func (j *job) slots(ctx context.Context) (int, error) {
	set := "SET 'parallelism.default' = " + sqltext.Literal(strconv.Itoa(max(j.Job.Parallelism, 1)))
	if err := j.session.Configure(ctx, set); err != nil {
		return 0, err
	}
	r, err := j.session.Execute(ctx, "EXPLAIN JSON_EXECUTION_PLAN"+j.query, nil)
	if err != nil {
		return 0, err
	}
	var text strings.Builder
	for _, row := range r.Rows {
		text.WriteString(row.Text(0))
	}
	return largestParallelism(text.String()), nil
}

// graphFollows precedes the JSON of Flink's EXPLAIN (PlannerBase's explain).
const graphFollows = "== Physical Execution Plan =="

// largestParallelism reads the graph of an explained statement; 0 if there is none.
func largestParallelism(explained string) int {
	_, graph, _ := strings.Cut(explained, graphFollows)
	var g struct {
		Nodes []struct {
			Parallelism int `json:"parallelism"`
		} `json:"nodes"`
	}
	if json.NewDecoder(strings.NewReader(graph)).Decode(&g) != nil {
		return 0
	}
	largest := 0
	for _, n := range g.Nodes {
		largest = max(largest, n.Parallelism)
	}
	return largest
}
