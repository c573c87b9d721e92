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

// A secret that is written out in a pod's environment is told of, in a manifest and in
// submitter.yaml; where one is to be found is not.
func TestPlainSecretsAreWarnedOf(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"submitter.yaml": `targets:
  kubernetes:
    kind: kubernetes
    kubernetes: {env: [{name: DB_API_KEY, value: abc}]}
`,
		"a.yaml": `name: a
sql: INSERT INTO a SELECT 1
kubernetes:
  env:
    - {name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}
    - {name: AWS_WEB_IDENTITY_TOKEN_FILE, value: /var/run/token}
  podTemplate:
    spec:
      containers:
        - name: flink-main-container
          env:
            - name: OTHER_PASSWORD
              value: ${env:PW}
`,
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set, err := Load(t.Context(), Options{Paths: []string{"a.yaml"}, Env: func(string) (string, bool) { return "hunter2", true }})
	if err != nil {
		t.Fatal(err)
	}
	var at []string
	for _, w := range set.Warnings {
		at = append(at, strings.SplitN(w.String(), ": ", 2)[0])
		if strings.Contains(w.String(), "hunter2") {
			t.Errorf("%s", w)
		}
	}
	if got := strings.Join(at, " "); got != "a.yaml:13:22 submitter.yaml:4:50" {
		t.Errorf("%s", got)
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
