package cmd

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"flink-sql-driver/plan/compat"
	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/journal"
)

// What the text of a change is bounded to; -v and -o json have all of it.
const (
	maxWidth     = 120 // columns
	maxValue     = 80  // characters
	maxReasons   = 8   // lines
	maxOperators = 24  // operators
	maxWrapped   = 2   // lines of one reason
)

// reasons says what stands in the way, and what becomes of every operator's state.
func (j jobChange) reasons(w io.Writer, verbose bool) {
	if j.Action == change.Launch && !verbose {
		return // there is no state to speak of
	}
	lines, limit := j.brief, maxReasons
	switch {
	case verbose && len(j.Why) > 0:
		lines, limit = j.Why, len(j.Why)
	case verbose:
		limit = len(lines)
	}
	if len(lines) > 0 {
		fmt.Fprintf(w, "  %s:\n", j.heading())
	}
	for i, text := range lines {
		if i == limit {
			fmt.Fprintf(w, "    … and %d more (-v)\n", len(lines)-limit)
			break
		}
		printWrapped(w, "    ", text, verbose)
	}
	if len(j.Operators) > 0 && j.Name != "" {
		fmt.Fprintf(w, "  state: %s\n", j.Verdict)
	}
	told := map[string]bool{}
	if verbose {
		for _, text := range lines {
			told[text] = true
		}
	}
	j.operators(w, verbose, told)
}

// shortened bounds a value, to where it begins to differ from the other one.
func shortened(value, other string) string {
	was, is := []rune(value), []rune(other)
	if len(was) <= maxValue {
		return value
	}
	const context = 20 // characters
	same := 0
	for same < min(len(was), len(is)) && was[same] == is[same] {
		same++
	}
	if same > maxValue/2 {
		value = "…" + string(was[same-context:])
	}
	return cutAt(value, maxValue)
}

// heading is what the reasons are reasons for.
func (j jobChange) heading() string {
	switch {
	case j.Action == change.Nothing || j.Action == change.Record:
		return "note"
	case j.Verdict == compat.Full:
		return "different"
	case j.Action == change.Blocked:
		return "in the way"
	}
	return "in the way of its state"
}

// operators has a line for each operator, with its reason unless the line before
// has the same one. What was told already is not repeated.
func (j jobChange) operators(w io.Writer, verbose bool, told map[string]bool) {
	width := 0
	for _, o := range j.Operators {
		width = max(width, utf8.RuneCountInString(named(o)))
	}
	last := ""
	for i, o := range j.Operators {
		if i == maxOperators && !verbose {
			fmt.Fprintf(w, "    … and %d more (-v)\n", len(j.Operators)-i)
			return
		}
		why := o.Brief
		if why != "" && why == last {
			why = "the same"
		} else {
			last = why
		}
		held := ""
		if o.Bytes != nil {
			held = fmt.Sprintf("%d bytes; ", *o.Bytes)
		}
		printWrapped(w, fmt.Sprintf("    %-10s  %-*s  ", o.Verdict, width, named(o)), strings.TrimSuffix(held+why, "; "), verbose)
		if verbose {
			fmt.Fprintf(w, "      id %s→%s, operator %s\n", id(o.OldID), id(o.NewID), o.OperatorID)
			for _, why := range o.Why {
				if !told[why] {
					told[why] = true
					fmt.Fprintf(w, "      %s\n", why)
				}
			}
		}
	}
}

func named(o compat.Operator) string { return firstOf(o.Name, o.Type) }

// printWrapped prints a prefix and a text, which goes on under where it begins, for
// as many lines as are allowed.
func printWrapped(w io.Writer, prefix, text string, whole bool) {
	indent := utf8.RuneCountInString(prefix)
	if whole {
		fmt.Fprintln(w, strings.TrimRight(prefix+text, " "))
		return
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && indent+utf8.RuneCountInString(line+" "+word) > maxWidth {
			lines, line = append(lines, line), word
			continue
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	lines = append(lines, line)
	if len(lines) > maxWrapped {
		lines = append(lines[:maxWrapped-1], strings.Join(lines[maxWrapped-1:], " "))
	}
	for _, l := range lines {
		fmt.Fprintln(w, strings.TrimRight(cutAt(prefix+l, maxWidth), " "))
		prefix = strings.Repeat(" ", indent)
	}
}

// continued is a deployment that was cut off, and its end.
type continued struct {
	from, end *journal.Entry
	// superseded: it was not waited for, since its manifest has changed.
	superseded bool
}

func (c continued) String() string {
	what := "continued"
	if c.superseded {
		what = "ended, since its manifest has changed,"
	}
	return cutOff(c.from) + " and was " + what + " first: " + string(c.end.Phase)
}

// cutOff names a deployment that was cut off.
func cutOff(e *journal.Entry) string {
	return fmt.Sprintf("its %s was cut off at phase %s", e.Action, e.Phase)
}

// changeOf is a job's change with what was continued before it was assessed.
func (w *work) changeOf(s *apply.Assessment) jobChange {
	j := changeOf(s)
	w.mu.Lock()
	c, ok := w.continued[j.Name]
	w.mu.Unlock()
	switch {
	case !ok || s.Unfinished:
	case j.Action == change.Nothing:
		j.Action, j.Reason = change.Continue, cutOff(c.from)
		j.finish(c.end, nil)
		j.Problem = c.end.Problem
	default:
		j.Warnings = append(slices.Clone(j.Warnings), c.String())
	}
	return j
}
