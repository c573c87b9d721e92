//go:build linux

package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"flink-sql-driver/submitter/internal/dist"
	"flink-sql-driver/submitter/internal/target"
)

// Config says where and with what launches run.
type Config struct {
	// Root is the directory, absolute, that everything is kept in (.flink-sql).
	Root string
	// Name is the target's; default "local".
	Name string
	// FlinkHome and FlinkVersion are the distribution (dist.Home).
	FlinkHome    string
	FlinkVersion string
	// JavaHome is the Java to use; default: dist.FindJava.
	JavaHome string
	// DriverPath is the driver program.
	DriverPath string
	// SubmitterPath is a program that calls Supervise for the arguments
	// "local supervise <directory>".
	SubmitterPath string
	// StockStart runs Flink's own scripts, untuned.
	StockStart bool
	// Options are Flink options for every launch and for the SQL Gateway, such as
	// s3.endpoint; never a secret: credentials are taken from Environ.
	Options map[string]string
	// Environ is the environment that launches inherit some of (see passed);
	// default: this process's.
	Environ []string
	// ArchiveDir is where class archives are; default: flink-sql/class-archives in
	// the user's cache.
	ArchiveDir string
	// GatewayPatience is how long a SQL Gateway that runs may take to answer before
	// it counts as hung; default 20 s.
	GatewayPatience time.Duration
	// GatewayStart is how long a SQL Gateway may take to start; default 2 minutes.
	GatewayStart time.Duration
}

// Target runs launches on this machine. It is safe for concurrent use, also by
// several processes on one Root.
type Target struct {
	config Config
	env    func(string) string
	// taskManagerGrace is how long TaskManagers may take to end; 0: the usual.
	taskManagerGrace time.Duration
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
	c.Root = filepath.Clean(c.Root)
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

// inUse says what program is missing, before anything is made.
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
