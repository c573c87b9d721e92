//go:build linux

package local

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"

	"flink-sql-driver/submitter/internal/target"
)

// Find tells of every launch below Root as it was asked for, dead ones that were
// not removed included. Of one whose launch.json cannot be read it knows no more
// than the cluster id and the name in it.
func (t *Target) Find(ctx context.Context) ([]target.Found, error) {
	dirs, err := t.runDirs()
	if err != nil {
		return nil, err
	}
	var all []target.Found
	for _, dir := range dirs {
		r, err := readRequest(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue // being made, or what an interrupted attempt left
		}
		f := target.Found{Launch: r.Launch}
		if err != nil {
			id := filepath.Base(dir)
			f.Launch = target.Launch{Ref: target.Ref{Name: jobName(id), ClusterID: id}}
		}
		if f.Observation, err = t.Observe(ctx, f.Launch.Ref); err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// FlinkVersion is the Flink that launches run on: 2.3.0. Empty: there is none.
func (t *Target) FlinkVersion() string { return t.config.FlinkVersion }
