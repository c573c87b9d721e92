package apply

import (
	"maps"
	"path"
	"slices"

	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// Unnamed is a job that runs though no manifest names it any more: the file that it was
// applied from names other jobs now, or is gone from a folder whose manifests are applied.
// A manifest whose name was changed leaves such a job behind.
type Unnamed struct {
	Name string `json:"job"`
	// File is the manifest that it was applied from.
	File string `json:"file"`
	// Names are the jobs that this file names now; none: it is gone.
	Names []string `json:"names,omitempty"`
}

// Unnamed are the applier's own jobs that no manifest names any more, as far as these
// manifests tell. there reports whether a recorded file is still there: one that was not
// loaded may name whatever it did.
func (a *Applier) Unnamed(known Records, jobs []*manifest.Job, there func(file string) bool) []Unnamed {
	named, folders := make(map[string]bool), make(map[string]bool)
	names := make(map[string][]string) // by file
	for _, job := range jobs {
		file := a.fileOf(job.File)
		named[job.Name] = true
		if file == "" {
			continue
		}
		names[file] = append(names[file], job.Name)
		folders[path.Dir(file)] = true
	}
	var all []Unnamed
	for _, name := range slices.Sorted(maps.Keys(known.ByName)) {
		r := known.ByName[name]
		if named[name] || r.File == "" || r.Owner != a.Policy.Owner || !runsOn(r) {
			continue
		}
		other, loaded := names[r.File]
		if loaded || folders[path.Dir(r.File)] && !there(r.File) {
			all = append(all, Unnamed{Name: name, File: r.File, Names: other})
		}
	}
	return all
}

// runsOn reports whether a record's job is to run, and has not come to its end.
func runsOn(r *journal.Entry) bool {
	return r.Action != journal.Delete && r.State == string(manifest.Running) && r.Launch != nil && !deploy.Finished(r)
}

func (a *Applier) fileOf(file string) string {
	if a.FileOf == nil {
		return file
	}
	return a.FileOf(file)
}
