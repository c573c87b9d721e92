package cmd

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"flink-sql-driver/submitter/internal/apply"
)

// warning is one of a report, with a type for programs to tell by.
type warning struct {
	Type string `json:"type"`
	apply.Unnamed
	Text string `json:"text"`
}

// unnamedJob is the type of a warning of a job that no manifest names any more.
const unnamedJob = "unnamed-job"

// unnamed warns of jobs that go on running though no manifest names them any more, but
// for those that are being stopped for just that.
func (w *work) unnamed(known apply.Records, gone []*apply.Assessment) []warning {
	pruned := make(map[string]bool)
	for _, s := range gone {
		pruned[s.Job.Name] = true
	}
	var all []warning
	if w.leftOut {
		return nil // what those name is not known
	}
	for _, u := range w.applier.Unnamed(known, w.jobs, w.place.there) {
		if !pruned[u.Name] {
			all = append(all, warning{unnamedJob, u, unnamedText(u)})
		}
	}
	return all
}

func unnamedText(u apply.Unnamed) string {
	why := u.File + ", which it was applied from, is gone"
	carry := ""
	if len(u.Names) > 0 {
		why = fmt.Sprintf("%s, which it was applied from, names %s now", u.File, some(u.Names))
		carry = fmt.Sprintf(" A job whose name was changed is a new one and starts without its state: to carry that on, stop %s before the new one is first applied, and name its savepoint in restore there.", u.Name)
	}
	return fmt.Sprintf("%s goes on running, and no manifest names it any more: %s. `submitter stop %s` stops it with a savepoint, apply --prune all such jobs; to keep it, give it a manifest again.%s", u.Name, why, u.Name, carry)
}

// fileName is how a manifest's file is recorded: relative to where submitter.yaml is, so
// that it is the same in every copy of the work tree.
func (p *place) fileName(file string) string {
	switch {
	case strings.Contains(file, "://"):
		return file
	case strings.HasPrefix(file, "<"): // standard input, which is another one every time
		return ""
	}
	absolute, err := filepath.Abs(file)
	if err != nil {
		return filepath.ToSlash(file)
	}
	if below, err := filepath.Rel(p.dir, absolute); err == nil && filepath.IsLocal(below) {
		return filepath.ToSlash(below)
	}
	return filepath.ToSlash(absolute)
}

// there reports whether a recorded file is there, or may be.
func (p *place) there(file string) bool {
	if strings.Contains(file, "://") {
		return true
	}
	file = filepath.FromSlash(file)
	if !filepath.IsAbs(file) {
		file = filepath.Join(p.dir, file)
	}
	_, err := os.Stat(file)
	return !os.IsNotExist(err)
}
