package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"flink-sql-driver/driver/internal/flink"
	"flink-sql-driver/driver/internal/localize"
	"flink-sql-driver/plan/launch"
)

// Names of options. The package comment says what they mean.
const (
	optPlan   = launch.OptionPlan
	optConfig = launch.OptionConfig
	optLaunch = launch.OptionLaunch
	optJobID  = launch.OptionJobID

	optStock          = "sql-driver.stock-start"
	optStandby        = "sql-driver.standby-timeout"
	optRestartAfter   = "sql-driver.restart-after"
	optWorkDir        = "sql-driver.work-dir"
	optPrivateDir     = "sql-driver.private-dir"
	optDiskSecrets    = "sql-driver.allow-disk-secrets"
	optSecretDir      = launch.OptionSecretDir
	optTerminationLog = "sql-driver.termination-log"
	optInstance       = "sql-driver.instance"
	optArchiveDir     = "sql-driver.class-archive-dir"
	optMaxArchive     = "sql-driver.max-archive-size"
)

// ownPrefix begins the names of options that only the driver reads.
const ownPrefix = "sql-driver."

var ownOptions = []string{optStock, optStandby, optRestartAfter, optWorkDir, optPrivateDir, optDiskSecrets, optSecretDir, optTerminationLog, optInstance, optArchiveDir, optMaxArchive}

const (
	defaultStandby        = 10 * time.Minute
	defaultRestartAfter   = time.Minute
	defaultWorkDir        = "/opt/flink/flink-sql"
	defaultArchiveDir     = "/opt/flink/cds" // where our image has them
	defaultTerminationLog = "/dev/termination-log"
	sharedMemory          = "/dev/shm"
)

// settings are the driver's options, read and checked.
type settings struct {
	plan         string // URI; empty: what the driver config says
	config       localize.File
	launch       string // URI; empty: started by hand
	jobID        string // 32 hex digits; empty: Flink makes one up
	stock        bool
	standby      time.Duration
	restartAfter time.Duration
	workDir      string
	privateDir   string // empty: one for each cluster in memory
	diskSecrets  bool
	secretDir    string
	lastWordFile string
	instance     string // empty: this process
	archiveDir   string
	limits       localize.Limits
}

// any reports whether there is anything for the driver to do.
func (s settings) any() bool { return s.plan != "" || s.config.URI != "" }

var jobIDText = regexp.MustCompile(`^[0-9a-fA-F]{32}$`)

// readSettings reads the options from wherever they may stand.
func readSettings(o flink.Source, keys []string) (settings, error) {
	text := func(key, def string) string {
		if v, ok := o.Get(key); ok && v != "" {
			return v
		}
		return def
	}
	s := settings{
		plan:         text(optPlan, ""),
		launch:       text(optLaunch, ""),
		jobID:        strings.ToLower(text(optJobID, "")),
		workDir:      text(optWorkDir, ""),
		privateDir:   text(optPrivateDir, ""),
		secretDir:    text(optSecretDir, launch.DefaultSecretDir),
		lastWordFile: text(optTerminationLog, ""),
		instance:     text(optInstance, ""),
		archiveDir:   text(optArchiveDir, defaultArchiveDir),
		limits:       localize.DefaultLimits,
	}
	for _, key := range keys {
		if strings.HasPrefix(key, ownPrefix) && !known(key) {
			return s, usage("there is no option %s; there are %s", key, strings.Join(ownOptions, ", "))
		}
	}
	var err error
	if s.config, err = configFile(text(optConfig, "")); err != nil {
		return s, err
	}
	if s.jobID != "" && !jobIDText.MatchString(s.jobID) {
		return s, usage("%s: %q is not 32 hexadecimal digits", optJobID, s.jobID)
	}
	if s.launch != "" && s.jobID == "" {
		return s, usage("%s is set, so %s has to be as well", optLaunch, optJobID)
	}
	if s.stock, err = yes(optStock, text(optStock, "false")); err != nil {
		return s, err
	}
	if s.diskSecrets, err = yes(optDiskSecrets, text(optDiskSecrets, "false")); err != nil {
		return s, err
	}
	if s.standby, err = parseDuration(text(optStandby, ""), defaultStandby); err != nil {
		return s, usage("%s: %v", optStandby, err)
	}
	if s.restartAfter, err = parseDuration(text(optRestartAfter, ""), defaultRestartAfter); err != nil {
		return s, usage("%s: %v", optRestartAfter, err)
	}
	if v := text(optMaxArchive, ""); v != "" {
		if s.limits.Bytes, err = flink.ParseMemorySize(v); err != nil {
			return s, usage("%s: %v", optMaxArchive, err)
		}
	}
	return s, nil
}

func known(key string) bool {
	for _, o := range ownOptions {
		if o == key {
			return true
		}
	}
	return false
}

func yes(key, text string) (bool, error) {
	v, err := strconv.ParseBool(strings.ToLower(text))
	if err != nil {
		return false, usage("%s: %q is neither true nor false", key, text)
	}
	return v, nil
}

// configFile splits the digest off the URI of a driver config.
func configFile(uri string) (localize.File, error) {
	path, fragment, found := strings.Cut(uri, "#")
	if !found {
		return localize.File{URI: uri}, nil
	}
	digest, ok := strings.CutPrefix(fragment, "sha256=")
	if !ok || !isDigest(digest) {
		return localize.File{}, usage("%s: after # there has to be sha256= and 64 hexadecimal digits", optConfig)
	}
	return localize.File{URI: path, SHA256: digest}, nil
}

var digestText = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)

func isDigest(s string) bool { return digestText.MatchString(s) }

// durationUnits are those that Flink's TimeUtils knows, down to milliseconds.
var durationUnits = map[string]time.Duration{
	"": time.Millisecond, "ms": time.Millisecond, "milli": time.Millisecond, "millis": time.Millisecond, "millisecond": time.Millisecond, "milliseconds": time.Millisecond,
	"s": time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second, "seconds": time.Second,
	"m": time.Minute, "min": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"h": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
}

var durationText = regexp.MustCompile(`^\s*([0-9]{1,9})\s*([a-z]*)\s*$`)

// parseDuration reads a duration as Flink writes it: "90 s", "10 min".
func parseDuration(text string, def time.Duration) (time.Duration, error) {
	if text == "" {
		return def, nil
	}
	m := durationText.FindStringSubmatch(strings.ToLower(text))
	if m == nil {
		return 0, fmt.Errorf("%q is not a duration such as 10 min", text)
	}
	unit, ok := durationUnits[m[2]]
	n, err := strconv.Atoi(m[1])
	if !ok || err != nil || time.Duration(n) > (1<<62)/unit {
		return 0, fmt.Errorf("%q is not a duration such as 10 min", text)
	}
	return time.Duration(n) * unit, nil
}

// placeForWork returns the directory for resources: it has to have the same name
// on every machine of a cluster, since plans name paths in it.
func (s settings) placeForWork(conf string) string {
	if s.workDir != "" {
		return s.workDir
	}
	for _, dir := range []string{defaultWorkDir, filepath.Join(filepath.Dir(conf), "flink-sql")} {
		if os.MkdirAll(dir, 0o755) == nil && writable(dir) {
			return dir
		}
	}
	return filepath.Join(os.TempDir(), "flink-sql-"+strconv.Itoa(os.Getuid()))
}

func writable(dir string) bool {
	f, err := os.CreateTemp(dir, ".try-")
	if err != nil {
		return false
	}
	f.Close()
	return os.Remove(f.Name()) == nil
}
