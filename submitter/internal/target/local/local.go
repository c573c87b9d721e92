//go:build linux

package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"flink-sql-driver/submitter/internal/dist"
	"flink-sql-driver/submitter/internal/target"
)

// Target runs launches on this machine. It is safe for concurrent use, also by
// several processes on one Root.
type Target struct {
	config Config
	env    func(string) string
	// taskManagerGrace is how long TaskManagers may take to end; 0: the usual.
	taskManagerGrace time.Duration

	scan struct {
		sync.Mutex
		at  time.Time
		all map[string][]member
	}

	uses struct {
		sync.Mutex
		files map[string]*os.File // held while gateways are used, by directory
	}
}

var _ target.Target = (*Target)(nil)

const (
	defaultName            = "local"
	defaultGatewayPatience = 20 * time.Second
	defaultGatewayStart    = 2 * time.Minute
)

// New checks a configuration. It touches nothing.
func New(c Config) (*Target, error) {
	if !filepath.IsAbs(c.Root) {
		return nil, fmt.Errorf("local target: directory %q is not absolute", c.Root)
	}
	if strings.ContainsAny(c.Root, ",:;\n") {
		return nil, fmt.Errorf("local target: directory %q: Flink takes a comma, colon or semicolon for the end of a path; use another directory", c.Root)
	}
	c.Root = resolved(c.Root)
	if c.Name == "" {
		c.Name = defaultName
	}
	if c.Environ == nil {
		c.Environ = os.Environ()
	}
	if c.GatewayPatience == 0 {
		c.GatewayPatience = defaultGatewayPatience
	}
	if c.GatewayStart == 0 {
		c.GatewayStart = defaultGatewayStart
	}
	return &Target{config: c, env: lookup(c.Environ)}, nil
}

// resolved follows the links in a path, of which the end need not exist yet, so
// that one directory has one name.
func resolved(path string) string {
	path = filepath.Clean(path)
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		return real
	}
	parent := filepath.Dir(path)
	if parent == path {
		return path
	}
	return filepath.Join(resolved(parent), filepath.Base(path))
}

// Name is the target's name, which is part of its launches' job ids.
func (t *Target) Name() string { return t.config.Name }

// java is the Java home to use.
func (t *Target) java(ctx context.Context) (string, error) {
	if t.config.JavaHome != "" {
		return t.config.JavaHome, nil
	}
	j, err := dist.FindJava(ctx, t.env)
	return j.Home, err
}

// clusterID is what Kubernetes, too, takes for a name, so it is one path element.
var clusterID = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$`)

// runDir is the directory of a launch.
func (t *Target) runDir(r target.Ref) (string, error) {
	if !clusterID.MatchString(r.ClusterID) {
		return "", fmt.Errorf("local target: %q is no cluster id", r.ClusterID)
	}
	return filepath.Join(t.config.Root, "run", r.ClusterID), nil
}

// check says what program is missing, before anything is made.
func (t *Target) check() error {
	if t.config.FlinkHome == "" {
		return errors.New("local target: no Flink: `submitter local install` gets one, or set FLINK_HOME")
	}
	for what, path := range map[string]string{"driver": t.config.DriverPath, "submitter": t.config.SubmitterPath} {
		if info, err := os.Stat(path); err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
			return fmt.Errorf("local target: the %s program %q cannot be run; build it or put it beside the other", what, path)
		}
	}
	return nil
}
