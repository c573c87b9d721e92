package cmd

import (
	"os"
	"path"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"flink-sql-driver/submitter/internal/manifest"
)

// built are the kinds of target that jobs can run on today.
var built = []string{localKind, kubernetesKind}

// remote is what flink-sql-runner's scripts call a session cluster.
const remote = "remote"

// checkTarget refuses a --deployment-target that does not exist, or not yet.
func checkTarget(c *cli.Context, cfg *manifest.Config) error {
	if c.IsSet("jobmanager-address") {
		return usagef("--jobmanager-address: session clusters are not built yet; jobs run on the target local")
	}
	name := c.String("deployment-target")
	if name == "" {
		return nil
	}
	kind := name
	if t, ok := cfg.Targets[name]; ok {
		kind = t.Kind
	} else if name != remote && !slices.Contains(manifest.TargetKinds, name) {
		return usagef("--deployment-target %s: no target is called that; there is %s, and what stands under targets in %s", name, strings.Join(built, ", "), manifest.ConfigName)
	}
	if !slices.Contains(built, kind) {
		return usagef("--deployment-target %s is not built yet; there is: %s", name, strings.Join(built, ", "))
	}
	return nil
}

// storeOf is the bucket that the command line names, else submitter.yaml's; empty
// for the local one.
func storeOf(c *cli.Context, cfg *manifest.Config) (string, error) {
	store := c.String("store")
	bucket, prefix := c.String("external-job-config-bucket"), c.String("external-job-config-prefix")
	switch {
	case bucket == "" && prefix != "":
		return "", usagef("--external-job-config-prefix needs --external-job-config-bucket")
	case bucket == "":
		return firstOf(store, cfg.Store), nil
	case store != "" && store != os.Getenv(storeVariable):
		return "", usagef("--store and --external-job-config-bucket name two stores; keep one")
	case strings.ContainsAny(bucket, ":/?"):
		return "", usagef("--external-job-config-bucket %s: it is the name of an S3 bucket alone; --store takes URLs", bucket)
	}
	url := "s3://" + bucket
	if dir := storeDir(prefix); dir != "" {
		url += "?prefix=" + dir + "/"
	}
	return url, nil
}

// storeDir is the directory of a store whose manifests are below prefix.
// flink-sql-runner was told where manifests go, and a store has them in manifests/.
func storeDir(prefix string) string {
	dir := strings.Trim(path.Clean("/"+prefix), "/")
	if dir == "manifests" {
		return ""
	}
	return strings.TrimSuffix(dir, "/manifests")
}
