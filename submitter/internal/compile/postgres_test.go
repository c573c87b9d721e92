package compile_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flink-sql-driver/e2e/flinktest"
	"flink-sql-driver/submitter/internal/compile"
)

// TestPostgresCatalog shares one server and one gateway, which take seconds to start.
func TestPostgresCatalog(t *testing.T) {
	w := newPostgresWorld(t)
	w.server.Query(t, "CREATE TABLE j (a JSON)")
	before := w.snapshot(t)
	t.Run("looks", func(t *testing.T) {
		w.refuseEach(t)
		w.lookAtAll(t)
	})
	t.Run("what is there", w.whatIsThere)
	t.Run("changes that it does not support", w.unsupported)
	t.Run("passwords", w.passwords)
	t.Run("classes of a session", w.reloaded)
	if diff := cmp.Diff(before, w.snapshot(t)); diff != "" {
		t.Error(diff)
	}
}

func (w *postgresWorld) whatIsThere(t *testing.T) {
	tests := []struct {
		statement string
		pending   int
		problem   string // a warning or a refusal
	}{
		{statement: "CREATE TABLE IF NOT EXISTS p.shop.t (k INT, v STRING, PRIMARY KEY (k) NOT ENFORCED)"},
		{statement: "CREATE TABLE IF NOT EXISTS p.shop.t (k INT, v INT, PRIMARY KEY (k) NOT ENFORCED)", problem: "column v is STRING, not INT"},
		{statement: "USE p.shop;\n  CREATE TABLE IF NOT EXISTS `public.t` (k INT);\n  USE default_catalog.default_database", problem: "it has the column v"},
		{statement: "CREATE DATABASE IF NOT EXISTS p.shop"},
		{statement: "DROP TABLE IF EXISTS p.shop.t", pending: 1},
		{statement: "DROP TABLE IF EXISTS p.shop.`public.t`", pending: 1},
		{statement: "DROP TABLE p.shop.`S.T`", pending: 1},
		{statement: "DROP TABLE IF EXISTS p.shop.nope"},
		{statement: "DROP TABLE IF EXISTS p.nope.nope"},
		{statement: "DROP MODEL IF EXISTS p.shop.m"},
		{statement: "DROP FUNCTION IF EXISTS p.shop.f"},
		{statement: "CREATE TABLE p.shop.t (k INT)", problem: "there is one already"},
		{statement: "DROP TABLE p.shop.nope", problem: "there is none"},
		// That it cannot be described does not mean that it is not there.
		{statement: "DROP TABLE IF EXISTS p.shop.j", problem: "Postgres type 'json'"},
		{statement: "CREATE TEMPORARY TABLE p.shop.t (k INT) WITH ('connector' = 'datagen');\n  DROP TEMPORARY TABLE p.shop.t"},
	}
	var inputs []compile.Input
	for _, tt := range tests {
		inputs = append(inputs, w.job(t, "apply", tt.statement))
	}
	results, errs := w.compiler.All(t.Context(), inputs, 4, nil)
	for i, tt := range tests {
		result, err := results[i], errs[i]
		said := strings.Join(result.Warnings, "\n")
		var refused *compile.Error
		if errors.As(err, &refused) {
			said += refused.Cause
		} else if err != nil {
			t.Errorf("%s: %v", tt.statement, err)
		}
		if len(result.Changes) != tt.pending || (tt.problem == "") != (said == "") || !strings.Contains(said, tt.problem) {
			t.Errorf("%s: %v is pending, %s", tt.statement, result.Changes, said)
		}
	}
}

func (w *postgresWorld) unsupported(t *testing.T) {
	for _, s := range []string{
		"CREATE TABLE p.shop.n (a INT)", "DROP TABLE p.shop.t", "ALTER TABLE p.shop.t RENAME TO n", "ALTER TABLE p.shop.t ADD n INT",
		"CREATE DATABASE p.n", "DROP DATABASE p.shop CASCADE", "CREATE VIEW p.shop.n AS SELECT k FROM p.shop.t",
		"CREATE FUNCTION p.shop.n AS 'org.example.F'", "CREATE MODEL p.shop.n INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'openai')",
	} {
		err := w.compiler.ChangeCatalogs(t.Context(), w.job(t, "apply", s), func(_ compile.CatalogChange, run func() error) error { return run() })
		var refused *compile.Error
		if !errors.As(err, &refused) || refused.Class != "UnsupportedOperationException" || strings.Contains(refused.Cause, "org.apache") || !strings.Contains(refused.Cause, "`p`.") {
			t.Errorf("%s: %v", s, err)
		}
	}
}

// passwords: the catalog's own is in no plan, wherever its tables are used.
func (w *postgresWorld) passwords(t *testing.T) {
	const secret = " /*+ OPTIONS('password' = '${secret:PG}') */"
	const lookup = "INSERT INTO dst SELECT a, v FROM (SELECT *, PROCTIME() AS pt FROM src) AS x JOIN p.shop.t%s FOR SYSTEM_TIME AS OF x.pt AS t ON t.k = x.a"
	tests := []struct {
		query string
		leaks bool
	}{
		{"INSERT INTO p.shop.u SELECT a FROM src", true},
		{"INSERT INTO dst SELECT k, v FROM p.shop.t", true},
		{fmt.Sprintf(lookup, ""), true},
		{"CREATE TABLE u LIKE p.shop.u;\n  INSERT INTO u SELECT a FROM src", true},
		{"CREATE TEMPORARY TABLE p.shop.x LIKE p.shop.u;\n  INSERT INTO p.shop.x SELECT a FROM src", true},
		{"INSERT INTO p.shop.u" + secret + " SELECT a FROM src", false},
		{"INSERT INTO dst SELECT k, v FROM p.shop.t" + secret, false},
		{fmt.Sprintf(lookup, secret), false},
		{"CREATE TABLE u WITH ('password' = '${secret:PG}') LIKE p.shop.u;\n  INSERT INTO u SELECT a FROM src", false},
		{"CREATE TEMPORARY TABLE p.shop.x WITH ('password' = '${secret:PG}') LIKE p.shop.u;\n  INSERT INTO p.shop.x SELECT a FROM src", false},
		// Advised against, but the author's own.
		{"CREATE TABLE u (k INT) WITH ('connector' = 'jdbc', 'url' = 'jdbc:postgresql://h/d', 'table-name' = 'u', 'username' = 'x', 'password' = 'mine');\n  INSERT INTO u SELECT a FROM src", false},
	}
	var inputs []compile.Input
	for _, tt := range tests {
		inputs = append(inputs, w.script(t, "refuse", tt.query))
	}
	results, errs := w.compiler.All(t.Context(), inputs, 4, nil)
	for i, tt := range tests {
		result, err := results[i], errs[i]
		var refused *compile.Error
		switch {
		case tt.leaks && (!errors.As(err, &refused) || !strings.Contains(refused.Cause, "${secret:NAME}")):
			t.Errorf("%s: %v", tt.query, err)
		case !tt.leaks && err != nil:
			t.Errorf("%s: %v", tt.query, err)
		case strings.Contains(string(result.Raw), w.server.Password), err != nil && strings.Contains(err.Error(), w.server.Password):
			t.Errorf("%s: the password is in the plan or error", tt.query)
		}
	}
}

// reloaded: from a job's resources, the catalog's classes do not fit those of the next
// statement.
func (w *postgresWorld) reloaded(t *testing.T) {
	in := w.script(t, "refuse", "INSERT INTO dst SELECT k, v FROM p.shop.t /*+ OPTIONS('password' = '${secret:PG}') */")
	for i, jar := range flinktest.JDBC(t) {
		in.Resources = append(in.Resources, compile.Resource{Name: fmt.Sprint(i), Jar: true, URI: "file://" + jar})
	}
	_, err := compiler(t, compile.Options{}).Compile(t.Context(), in) // a gateway without these jars
	var refused *compile.Error
	if !errors.As(err, &refused) || !strings.Contains(refused.Cause, "lib/") || refused.Key != "sql" {
		t.Errorf("%v", err)
	}
}
