//go:build linux

package local

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"flink-sql-driver/submitter/internal/target"
)

// site is where launches are made: what a record has to say of one so that nobody takes
// it for gone who looks elsewhere.
type site struct {
	Host host   `json:"host"`
	Root string `json:"root"`
}

// Site names this directory on this machine; see target.Ref.
func (t *Target) Site(context.Context) (string, error) {
	now, err := thisHost()
	if err != nil {
		return "", err
	}
	data, err := json.Marshal(site{now, t.config.Root})
	return string(data), err
}

// siteOf is where a launch was made; false: its record does not say.
func siteOf(r target.Ref) (site, bool) {
	var s site
	err := json.Unmarshal([]byte(r.Site), &s)
	return s, err == nil && s.Root != ""
}

// of is the target that a launch belongs to: this one, or that of another directory of
// this machine, as long as the launch was not moved here with its directory.
func (t *Target) of(r target.Ref) (*Target, error) {
	s, ok := siteOf(r)
	if !ok || s.Root == t.config.Root || !clusterID.MatchString(r.ClusterID) {
		return t, nil
	}
	if _, err := os.Stat(filepath.Join(t.config.Root, "run", r.ClusterID, "launch.json")); err == nil {
		return t, nil
	}
	now, err := thisHost()
	if err != nil {
		return nil, err
	}
	if p := s.Host.seenFrom(now); p != here && p != rebooted {
		return t, nil
	}
	c := t.config
	c.Root = s.Root
	other, err := New(c)
	if err == nil {
		other.taskManagerGrace = t.taskManagerGrace
	}
	return other, err
}

// Hidden says why the absence of a launch proves nothing here; empty if it does.
func (t *Target) Hidden(_ context.Context, r target.Ref) (string, error) {
	s, ok := siteOf(r)
	if !ok {
		return "", nil
	}
	if _, err := os.Stat(filepath.Join(t.config.Root, "run", r.ClusterID, "launch.json")); err == nil {
		return "", nil
	}
	now, err := thisHost()
	if err != nil {
		return "", err
	}
	switch s.Host.seenFrom(now) {
	case here, rebooted:
		return "", nil
	case neighbour:
		return fmt.Sprintf("it was launched in another container of this machine (%s), from %s, and what runs there cannot be seen from here; use that container, or, if it is no more, `submitter force-unlock %s --gone`", s.Host.Name, s.Root, r.Name), nil
	}
	return fmt.Sprintf("it was launched on %s, from %s, and what runs there cannot be seen from here; use that machine, or, if it is no more, `submitter force-unlock %s --gone`", s.Host.Name, s.Root, r.Name), nil
}
