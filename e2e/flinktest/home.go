package flinktest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const homeRemedy = "set it to a Flink 2.x distribution: export FLINK_HOME=$(bin/submitter local install --print)"

// Home returns $FLINK_HOME, or fails the test with the remedy.
func Home(t testing.TB) string {
	t.Helper()
	home, err := FindHome()
	if err != nil {
		t.Fatal(err)
	}
	return home
}

// FindHome returns $FLINK_HOME if it is a complete Flink 2.x distribution.
func FindHome() (string, error) {
	home := os.Getenv("FLINK_HOME")
	if home == "" {
		return "", errors.New("FLINK_HOME is not set; " + homeRemedy)
	}
	if _, err := Version(home); err != nil {
		return "", fmt.Errorf("FLINK_HOME %s: %w; %s", home, err, homeRemedy)
	}
	for _, need := range []string{"bin/sql-gateway.sh", "bin/standalone-job.sh", "conf/config.yaml"} {
		if _, err := os.Stat(filepath.Join(home, need)); err != nil {
			return "", fmt.Errorf("FLINK_HOME %s has no %s; %s", home, need, homeRemedy)
		}
	}
	if jars, _ := filepath.Glob(filepath.Join(home, "opt", "flink-sql-gateway-*.jar")); len(jars) != 1 {
		return "", fmt.Errorf("FLINK_HOME %s has %d opt/flink-sql-gateway-*.jar instead of one; %s", home, len(jars), homeRemedy)
	}
	return home, nil
}

// Version returns the full version of a distribution, such as 2.3.0, as the name
// of its flink-dist jar gives it. It refuses anything but Flink 2.x.
func Version(home string) (string, error) {
	jars, _ := filepath.Glob(filepath.Join(home, "lib", "flink-dist-*.jar"))
	if len(jars) != 1 {
		return "", fmt.Errorf("not a Flink distribution: %d lib/flink-dist-*.jar instead of one", len(jars))
	}
	name := filepath.Base(jars[0])
	version := strings.TrimSuffix(strings.TrimPrefix(name, "flink-dist-"), ".jar")
	if !strings.HasPrefix(version, "2.") {
		return "", fmt.Errorf("Flink %s is not Flink 2.x", version)
	}
	return version, nil
}
