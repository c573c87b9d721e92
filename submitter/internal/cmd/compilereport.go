package cmd

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"

	"flink-sql-driver/plan"
	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/compile"
)

// compileReport is what compile -o prints.
type compileReport struct {
	Jobs []compiledJob `json:"jobs"`
}

type compiledJob struct {
	Name         string `json:"name"`
	FlinkVersion string `json:"flinkVersion,omitempty"`
	Digest       string `json:"digest,omitempty"` // SHA-256 of the canonical plan
	Operators    int    `json:"operators,omitempty"`
	Stateful     bool   `json:"stateful,omitempty"`
	// Columns says how those of a SELECT go into its target table.
	Columns *compile.Assignment `json:"columns,omitempty"`
	// Init are statements that a cluster has to run before the plan.
	Init []string `json:"init,omitempty"`
	// File has the plan, where there is --output-dir, or Plan is it.
	File    string          `json:"file,omitempty"`
	Plan    json.RawMessage `json:"plan,omitempty"`
	Problem string          `json:"problem,omitempty"`

	compiled *plan.Compiled
}

func compiledJobOf(name string, r apply.Result) compiledJob {
	j := compiledJob{Name: name, compiled: r.Plan}
	if r.Err != nil {
		return j
	}
	j.FlinkVersion, j.Digest = r.Plan.FlinkVersion(), r.Plan.Digest()
	j.Operators, j.Stateful = len(r.Plan.Nodes()), r.Plan.HasState()
	j.Columns, j.Init = r.Assignment, r.Init
	return j
}

// deliver brings the plan to where it is asked for: a file, the report, or stdout.
func (j *compiledJob) deliver(s streams, dir string, reporting bool) error {
	if j.Columns != nil && !reporting {
		fmt.Fprintf(s.err, "%s: columns go %s\n", j.Name, j.Columns)
	}
	data := j.compiled.Canonical()
	switch {
	case dir == "" && reporting:
		j.Plan = data
		return nil
	case dir == "":
		_, err := s.out.Write(data)
		return err
	}
	file := filepath.Join(dir, j.Name+".json")
	if err := os.WriteFile(file, data, 0o644); err != nil {
		return err
	}
	j.File = file
	if !reporting {
		fmt.Fprintln(s.err, file)
	}
	return nil
}

// text is the table. A plan does not fit into it.
func (r compileReport) text(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tFLINK\tOPERATORS\tDIGEST\tCOLUMNS\tFILE")
	for _, j := range r.Jobs {
		columns := ""
		if j.Columns != nil {
			columns = j.Columns.String()
		}
		if j.Problem != "" {
			fmt.Fprintf(w, "%s\t-\t-\t-\t-\tnot compiled\n", j.Name)
			continue
		}
		const shown = 12 // characters of a digest
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\n", j.Name, j.FlinkVersion, j.Operators, j.Digest[:shown], columns, j.File)
	}
	return w.Flush()
}
