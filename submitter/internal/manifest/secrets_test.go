package manifest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// A secret under an option of a table that Flink does not mask is told, not refused.
func TestShownSecretsAreWarnedOf(t *testing.T) {
	t.Chdir(t.TempDir())
	const text = `name: a
sql: |
  CREATE TABLE t (a INT) WITH ('connector' = 'x', 'uri' = 'mongodb://u:${secret:PW}@h', 'password' = '${secret:PW}');
  INSERT INTO t SELECT a FROM t /*+ OPTIONS('path'='${secret:PTH}', 'a.token'='${secret:T}') */
`
	if err := os.WriteFile("a.yaml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := Load(context.Background(), Options{Paths: []string{"a.yaml"}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range set.Warnings {
		got = append(got, w.String())
	}
	if len(got) != 2 || !strings.HasPrefix(got[0], "a.yaml:3:72: the secret 'PW' may be shown") || !strings.Contains(got[0], "do not mask 'uri'") ||
		!strings.HasPrefix(got[1], "a.yaml:4:53: the secret 'PTH' may be shown") {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
}

// A glob that means files of another kind says so in one screen, not in one for each
// file.
func TestAGlobOfOtherFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("a.yaml", []byte("name: a\ntable-definitions: ['*.txt']\nsql: INSERT INTO a SELECT 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range 80 {
		if err := os.WriteFile(fmt.Sprintf("%02d.txt", i), []byte("a b;\nc d;\ne f;\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Load(context.Background(), Options{Paths: []string{"a.yaml"}})
	var bad *Error
	if !errors.As(err, &bad) || len(bad.Problems) != maxProblems+1 || !strings.Contains(err.Error(), "*.txt: more problems are not shown") {
		t.Errorf("%v", err)
	}
}

func TestSecretsInCommentsAreNotDemanded(t *testing.T) {
	t.Chdir(t.TempDir())
	j := loadOne(t, `name: a
flinkProperties: {my.password: '${secret:PROPERTY}'}
sql: |
  -- was ${secret:OLD}
  SET 'your.password' = '${secret:SET}';
  CREATE TABLE t (a INT) WITH ('connector' = 'x', 'password' = '${secret:OPTION}' /* ${secret:OLDER} */);
  INSERT INTO t SELECT a FROM t /*+ OPTIONS('a.token' = '${secret:HINT}') */ -- ${secret:OLDEST}
`)
	if got, want := j.Secrets(), []string{"HINT", "OPTION", "PROPERTY", "SET"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
