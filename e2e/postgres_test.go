package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flink-sql-driver/e2e/flinktest"
)

// TestCatalogOverPostgres looks at scripts that would change a database through a JDBC
// catalog, which changes nothing, has apply say that such a catalog cannot do that, and
// then runs a job that writes one of its tables.
func TestCatalogOverPostgres(t *testing.T) {
	server := flinktest.Postgres(t)
	server.Query(t, "CREATE TABLE t (k INT); INSERT INTO t VALUES (1); CREATE TABLE copy (k INT)")
	w := newWorld(t)
	gateway := flinktest.Gateway(t, flinktest.GatewayOptions{Env: flinktest.JDBCEnv(t)})
	w.env = append(append(w.env, "SUBMITTER_GATEWAY="+gateway.URL, "PG_PASSWORD="+server.Password), flinktest.JDBCEnv(t)...)
	password := "${env:PG_PASSWORD}"
	manifest := func(mode, script string) {
		w.write("copy.yaml", "name: copy\ncatalog-ddl: "+mode+"\nsql: |\n"+fmt.Sprintf(
			"  CREATE CATALOG c WITH ('type' = 'jdbc', 'base-url' = '%s', 'default-database' = '%s', 'username' = '%s', 'password' = '%s');\n",
			server.BaseURL, server.Database, server.User, password)+script)
	}
	const query = "  INSERT INTO c.shop.copy SELECT k FROM c.shop.t;\n"
	before := server.Snapshot(t)
	for _, mode := range []string{"refuse", "apply"} {
		manifest(mode, "  DROP TABLE c.shop.t;\n  CREATE TABLE c.shop.t (k BIGINT);\n"+query)
		for _, look := range [][]string{{"diff"}, {"compile"}, {"apply", "--dry-run"}} {
			r := w.run(append(look, "copy.yaml")...)
			if said := r.stdout + r.stderr; !strings.Contains(said, "DROP TABLE `c`.`shop`.`t`") || strings.Contains(said, server.Password) || mode == "refuse" && r.code == 0 {
				t.Errorf("%s, %v: exit %d\n%s", mode, look, r.code, said)
			}
		}
	}
	if r := w.run("apply", "copy.yaml"); r.code == 0 || !strings.Contains(r.stdout, "change-catalog → failed") || !strings.Contains(r.stderr, "DROP TABLE `c`.`shop`.`t`") || strings.Contains(r.stderr, "org.apache") {
		t.Errorf("apply: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	if diff := cmp.Diff(before, server.Snapshot(t)); diff != "" {
		t.Fatalf("the database has changed: %s", diff)
	}

	// The catalog's password as a secret: filled in for the gateway's session, and on the
	// cluster by the driver, in the catalog store and in the plan.
	password = "${secret:PG_PASSWORD}"
	manifest("refuse", query)
	if r := w.must("compile", "copy.yaml"); strings.Count(r.stdout, `"password":"${secret:PG_PASSWORD}"`) != 2 {
		t.Errorf("the plan is %s", r.stdout)
	}
	w.must("apply", "copy.yaml")
	w.unwritten([]string{server.Password}, filepath.Join(w.dir, ".flink-sql"))
	w.eventually("the row is copied", func() bool { return server.Query(t, "SELECT k FROM copy") == "1\n" })
}
