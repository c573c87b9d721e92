//go:build linux

package local

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
)

// List tells of every launch below Root, dead ones that were not removed
// included.
func (t *Target) List(ctx context.Context) ([]Listed, error) {
	dirs, err := t.runDirs()
	if err != nil {
		return nil, err
	}
	members, err := families()
	if err != nil {
		return nil, err
	}
	var all []Listed
	for _, dir := range dirs {
		request, err := readRequest(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue // being made, or what an interrupted attempt left
		}
		l := Listed{Ref: request.Launch.Ref}
		if err != nil {
			l.Ref.ClusterID = filepath.Base(dir)
		}
		if l.Observation, err = t.Observe(ctx, l.Ref); err != nil {
			return nil, err
		}
		if s, err := readStatus(dir); err == nil {
			l.REST, l.RPC = s.Ports.REST, s.Ports.RPC
		}
		for _, m := range members[dir] {
			l.Memory += residentSize(m.PID)
			l.Processes++
		}
		all = append(all, l)
	}
	return all, nil
}
