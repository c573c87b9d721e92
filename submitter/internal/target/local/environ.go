//go:build linux

package local

import (
	"slices"
	"strings"
)

// Variables that a launch gets from the submitter's environment besides the
// secrets that it names. Anything else stays behind: what a launch may read is
// written in its manifest.
var (
	passedNames = []string{
		"PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "JAVA_HOME",
		"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
		"SSL_CERT_FILE", "SSL_CERT_DIR", "GOOGLE_APPLICATION_CREDENTIALS", "STORAGE_EMULATOR_HOST",
		"HADOOP_HOME", "HADOOP_CONF_DIR", "HADOOP_CLASSPATH", "YARN_CONF_DIR", "HBASE_CONF_DIR", "HBASE_HOME",
		"KRB5CCNAME", "KRB5_CONFIG", "XDG_RUNTIME_DIR",
	}
	passedPrefixes = []string{"LC_", "AWS_", "AZURE_", "FLINK_"}
	// heldBack would change where Flink's files are or what its configuration
	// says, which is ours to decide for each launch.
	heldBack = []string{
		"FLINK_HOME", "FLINK_CONF_DIR", "FLINK_LOG_DIR", "FLINK_PID_DIR", "FLINK_PROPERTIES", "FLINK_IDENT_STRING",
		"FLINK_LIB_DIR", "FLINK_OPT_DIR", "FLINK_PLUGINS_DIR", "FLINK_BIN_DIR",
		envRun, envRole, envLog,
	}
)

// passed picks the variables for a launch from an environment.
func passed(environ, secrets []string) []string {
	var out []string
	for _, variable := range environ {
		name, _, ok := strings.Cut(variable, "=")
		if !ok || slices.Contains(heldBack, name) {
			continue
		}
		prefixed := slices.ContainsFunc(passedPrefixes, func(p string) bool { return strings.HasPrefix(name, p) })
		if prefixed || slices.Contains(passedNames, name) || slices.Contains(secrets, name) {
			out = append(out, variable)
		}
	}
	return out
}

// with sets variables, given as pairs of name and value.
func with(environ []string, pairs ...string) []string {
	var out []string
	for _, variable := range environ {
		name, _, _ := strings.Cut(variable, "=")
		if i := slices.Index(pairs, name); i < 0 || i%2 != 0 {
			out = append(out, variable)
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, pairs[i]+"="+pairs[i+1])
	}
	return out
}

// lookup is os.Getenv over an environment.
func lookup(environ []string) func(string) string {
	return func(name string) string {
		for _, variable := range slices.Backward(environ) {
			if value, ok := strings.CutPrefix(variable, name+"="); ok {
				return value
			}
		}
		return ""
	}
}
