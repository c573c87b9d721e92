package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"flink-sql-driver/plan/compat"
	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/compile"
	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/journal"
)

// changeReport is what diff and apply print; text and JSON are two renderings.
type changeReport struct {
	Jobs []jobChange `json:"jobs"`
	// Warnings are of no job among them.
	Warnings []warning `json:"warnings,omitempty"`
	verbose  bool      // as text: every reason in full
	told     bool      // as text: the warnings were told before
}

type jobChange struct {
	Name   string      `json:"name"`
	Action change.Kind `json:"action"`
	Reason string      `json:"reason"`
	From   change.From `json:"from,omitempty"`
	// Restores says which state that is, and whose; Flink's URI is in it.
	Restores string        `json:"restores,omitempty"`
	Class    change.Class  `json:"class,omitempty"`
	Verdict  compat.Job    `json:"verdict,omitempty"`
	Changes  []change.Item `json:"changes,omitempty"`
	// Catalog are the changes outside the session that come first.
	Catalog []change.CatalogChange `json:"catalog,omitempty"`
	// Columns says how those of a SELECT go into its target table, if it was compiled.
	Columns      *compile.Assignment `json:"columns,omitempty"`
	Operators    []compat.Operator   `json:"operators,omitempty"`
	Approval     string              `json:"approval,omitempty"`
	Warnings     []string            `json:"warnings,omitempty"`
	QueryVersion int                 `json:"queryVersion,omitempty"`
	// Result, Launch and Problem are filled in by apply.
	Result  journal.Phase `json:"result,omitempty"`
	Launch  uint64        `json:"launch,omitempty"`
	Problem string        `json:"problem,omitempty"`
	// Held: nothing was done with it, since another command deploys it.
	Held bool `json:"held,omitempty"`
	// Why are the reasons of a blocked change in full, Remedy what to do about it.
	Why    []string `json:"why,omitempty"`
	Remedy string   `json:"remedy,omitempty"`
	brief  []string // Why in short lines
	before uint64   // the launch that there was
	// Savepoint is what a stop left; Flink's URI.
	Savepoint string `json:"savepoint,omitempty"`
}

func changeOf(s *apply.Assessment) jobChange {
	j := jobChange{Name: s.Job.Name, Action: s.Decision.Kind, Reason: s.Decision.Reason, Warnings: s.Decision.Warnings, Why: s.Decision.Why, Remedy: s.Decision.Remedy, brief: s.Decision.Why, Columns: s.Assignment, QueryVersion: s.Meta.QueryVersion}
	if s.Decision.Kind == change.ChangeCatalog {
		j.Catalog = s.Facts.Catalog.Pending
	}
	if s.Decision.Acts() {
		j.From = s.Decision.From
		if j.From == change.FromNewest {
			j.Restores = deploy.Describe(s.Facts.Newest, s.Facts.Record)
		}
	}
	if r := s.Facts.Record; r != nil && r.Launch != nil {
		j.before = r.Launch.Number
	}
	c := s.Comparison
	if s.Unfinished {
		j.Action, j.Why, j.Remedy, j.brief = change.Continue, nil, "", nil
		j.Reason = cutOff(s.Facts.Record) + "; apply continues it first"
		if s.Supersedes(s.Facts.Record) {
			j.Reason = fmt.Sprintf("%s and its manifest has changed since; apply does not wait for it, then: %s, %s", cutOff(s.Facts.Record), s.Ahead.Decision.Kind, s.Ahead.Decision.Reason)
			if c = nil; s.Ahead.Decision.Kind != change.Launch { // that has no state to speak of
				c = s.Ahead.Comparison
			}
		}
	}
	if c != nil {
		j.Class, j.Verdict, j.Changes, j.Operators, j.brief = c.Class, c.Verdict, c.Items, c.Operators, c.Brief
		if s.Decision.Kind == change.Blocked && c.TakesApproval() {
			j.Approval = c.ApprovalID
		}
	}
	if s.Err != nil {
		j.Action, j.Reason, j.Problem = change.Unclear, "", s.Err.Error()
		if j.Held = isHeld(s.Err); j.Held {
			j.Action = change.Continue
		}
	}
	return j
}

// finish adds what became of the job.
func (j *jobChange) finish(e *journal.Entry, err error) {
	if e != nil {
		j.Result = e.Phase
		if e.Action == journal.ChangeCatalog && err != nil { // the record is committed, with its problem; the job is not
			j.Result = journal.Failed
		}
		j.Savepoint = deploy.Left(e)
		j.fromCheckpoint(e.Savepoint)
		if j.From != "" && e.Next == nil && e.Launch != nil && e.Launch.Restored != "" { // with Next it is still the former launch
			j.Restores = deploy.Describe(e.Launch.Restored, e)
			if j.From == change.FromNothing { // the release before runs again
				j.From = change.FromNewest
			}
		}
		if e.Launch != nil {
			j.Launch = e.Launch.Number
		}
		if e.Phase == journal.Failed && j.Launch == j.before { // nothing was started
			j.From, j.Restores = "", ""
		}
	}
	if j.Held = isHeld(err); j.Held && j.Action == change.Continue {
		j.Reason = "" // its holder continues it
	}
	switch {
	case errors.Is(err, context.Canceled):
		j.Problem = "interrupted"
	case err != nil:
		j.Problem = err.Error()
	}
}

// fromCheckpoint corrects where the job was to be started from: one that keeps failing
// can take no savepoint, and of what is complete the newest counts.
func (j *jobChange) fromCheckpoint(s *journal.Savepoint) {
	if s != nil && s.Finished && (j.Action == change.Suspend || j.From == change.FromSavepoint) {
		if j.From != "" {
			j.From, j.Restores = change.FromNothing, ""
		}
		j.Warnings = append(slices.Clone(j.Warnings), "the job had finished by itself before it could be stopped, so there was nothing to save")
		return
	}
	if j.From != change.FromSavepoint || s == nil || s.Location == "" || strings.Contains(s.Location, s.Directory) {
		return
	}
	j.From = change.FromCheckpoint
	if s.GivenUp != "" {
		j.Warnings = append(slices.Clone(j.Warnings), "no savepoint was taken: "+s.GivenUp)
	}
}

func (r changeReport) text(w io.Writer) error {
	for _, j := range r.Jobs {
		fmt.Fprintf(w, "%s: %s", j.Name, j.Action)
		if j.Result != "" {
			fmt.Fprintf(w, " → %s", j.Result)
		}
		if j.Reason != "" {
			fmt.Fprintf(w, " (%s)", j.Reason)
		}
		fmt.Fprintln(w)
		j.details(w, r.verbose)
	}
	if !r.told {
		r.warn(w)
	}
	return nil
}

func (r changeReport) warn(w io.Writer) {
	for _, one := range r.Warnings {
		fmt.Fprintf(w, "warning: %s\n", one.Text)
	}
}

func (j jobChange) details(w io.Writer, verbose bool) {
	for _, c := range j.Catalog {
		fmt.Fprintf(w, "  runs first: %s (%s)\n", c.What, c.At)
	}
	for _, c := range j.Changes {
		fmt.Fprintf(w, "  %s%s: %s\n", c.What, values(c, verbose), c.Effect)
	}
	if j.Columns != nil {
		fmt.Fprintf(w, "  columns go %s\n", j.Columns)
	}
	j.reasons(w, verbose)
	switch {
	case j.Restores != "":
		fmt.Fprintf(w, "  starts from: %s: %s\n", j.From, j.Restores)
	case j.From != "":
		fmt.Fprintf(w, "  starts from: %s\n", j.From)
	}
	if j.Savepoint != "" {
		fmt.Fprintf(w, "  saved: %s\n", j.Savepoint)
	}
	for _, text := range j.Warnings {
		fmt.Fprintf(w, "  warning: %s\n", text)
	}
	if j.Problem != "" {
		fmt.Fprintf(w, "  problem: %s\n", j.Problem)
	}
	if j.Remedy != "" {
		fmt.Fprintf(w, "  to go on: %s\n", j.Remedy)
	}
}

func values(c change.Item, whole bool) string {
	if !whole {
		c.Old, c.New = shortened(c.Old, c.New), shortened(c.New, c.Old)
	}
	switch {
	case c.Old == "" && c.New == "":
		return ""
	case c.Old == "":
		return " = " + c.New
	case c.New == "":
		return " was " + c.Old
	}
	return " " + c.Old + " → " + c.New
}

func id(n *int) string {
	if n == nil {
		return "-"
	}
	return fmt.Sprint(*n)
}

// printJSON writes any report the way -o json promises.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
