package launch

import (
	"slices"
	"strings"
)

// Flink options by which a submitter tells the driver what to run: FLIP-316's two,
// Flink's own for a fixed job id (PipelineOptionsInternal.PIPELINE_FIXED_JOB_ID),
// and ours.
const (
	OptionPlan   = "$internal.sql-gateway.driver.json-plan"
	OptionConfig = "$internal.sql-gateway.driver.sql-config"
	OptionLaunch = "$internal.sql-gateway.driver.launch" // URI of launches/<name>/<n>/
	OptionJobID  = "$internal.pipeline.job-id"
	// OptionSecretDir is where the driver finds secrets that its environment does not
	// have, each in a file of its name.
	OptionSecretDir = "sql-driver.secret-dir"
)

// DefaultSecretDir is the directory where OptionSecretDir is not set: where Kubernetes
// mounts a job's secrets.
const DefaultSecretDir = "/var/run/secrets/flink-sql"

// masked are parts of option names whose values Flink shows as ****** in its log and
// web UI (GlobalConfiguration.SENSITIVE_KEYS of Flink 2.3).
var masked = []string{
	"password", "secret", "fs.azure.account.key", "apikey", "api-key", "auth-params",
	"service-key", "token", "basic-auth", "jaas.config", "http-headers",
}

// variables are parts of names of environment variables that hold secrets, besides masked.
var variables = []string{"passwd", "passphrase", "private-key"}

// Masked reports whether Flink hides the value of an option. A secret under any other
// name would be printed when Flink starts.
func Masked(key string) bool {
	key = strings.ToLower(key)
	return slices.ContainsFunc(masked, func(part string) bool { return strings.Contains(key, part) })
}

// MaskedVariable is Masked for names of environment variables and annotations: DB_API_KEY
// is what an option would call db-api-key. Variables have some names more, which Flink
// does not know.
func MaskedVariable(name string) bool {
	name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
	return Masked(name) || strings.HasSuffix(name, "-pwd") ||
		slices.ContainsFunc(variables, func(part string) bool { return strings.Contains(name, part) })
}

// MaskedParts are what makes Masked hide an option, for messages.
func MaskedParts() []string { return slices.Clone(masked) }
