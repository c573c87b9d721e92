package compile_test

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flink-sql-driver/e2e/flinktest"
	"flink-sql-driver/submitter/internal/compile"
)

// outsideWorld is a catalog p that outlives every session. Its database has the tables
// t (k INT, v STRING, PRIMARY KEY (k) NOT ENFORCED) and u (k INT), and neither views nor
// functions.
type outsideWorld struct {
	compiler  *compile.Compiler
	resources []compile.Resource
	options   string // of the catalog
	database  string // in back-quotes if it needs them
	// snapshot is all that the catalog holds.
	snapshot func(t *testing.T) map[string]string
}

func newOutsideWorld(c *compile.Compiler, jars []string) *outsideWorld {
	w := &outsideWorld{compiler: c}
	for i, jar := range jars {
		w.resources = append(w.resources, compile.Resource{Name: fmt.Sprint(i), Jar: true, URI: "file://" + jar})
	}
	return w
}

// emptyPaimon is a Paimon catalog in which nothing was made.
func emptyPaimon(t *testing.T) *outsideWorld {
	warehouse := t.TempDir()
	w := newOutsideWorld(compiler(t, compile.Options{}), flinktest.Paimon(t))
	w.options = fmt.Sprintf("'type' = 'paimon', 'warehouse' = 'file://%s'", warehouse)
	w.database = "`default`"
	w.snapshot = func(t *testing.T) map[string]string { return files(t, warehouse) }
	return w
}

// newPaimonWorld is a catalog of files.
func newPaimonWorld(t *testing.T) *outsideWorld {
	w := emptyPaimon(t)
	w.change(t, w.job(t, "apply",
		"CREATE TABLE IF NOT EXISTS p.`default`.t (k INT, v STRING, PRIMARY KEY (k) NOT ENFORCED)",
		"CREATE TABLE IF NOT EXISTS p.`default`.u (k INT)"))
	return w
}

// postgresWorld is a catalog over a database server, which can make no objects.
type postgresWorld struct {
	*outsideWorld
	server *flinktest.PostgresServer
}

func newPostgresWorld(t *testing.T) *postgresWorld {
	server := flinktest.Postgres(t)
	server.Query(t, `
CREATE TABLE t (k INT PRIMARY KEY, v VARCHAR);
CREATE TABLE u (k INT);
INSERT INTO t VALUES (1, 'one'), (2, 'two');
CREATE SCHEMA "S";
CREATE TABLE "S"."T" (k INT);`)
	gateway := flinktest.Gateway(t, flinktest.GatewayOptions{Env: flinktest.JDBCEnv(t)})
	w := newOutsideWorld(compile.New(client(t, gateway.URL), compile.Options{}), nil)
	w.options = fmt.Sprintf("'type' = 'jdbc', 'base-url' = '%s', 'default-database' = '%s', 'username' = '%s', 'password' = '%s'",
		server.BaseURL, server.Database, server.User, server.Password)
	w.database = server.Database
	w.snapshot = func(t *testing.T) map[string]string {
		lines := map[string]string{}
		for i, line := range strings.Split(server.Snapshot(t), "\n") {
			lines[fmt.Sprintf("%5d", i)] = line
		}
		return lines
	}
	return &postgresWorld{outsideWorld: w, server: server}
}

// job is a job whose script has these statements, in the manifest's mode catalog-ddl.
func (w *outsideWorld) job(t *testing.T, mode string, statements ...string) compile.Input {
	t.Helper()
	return w.script(t, mode, append(statements, "INSERT INTO dst SELECT a, b FROM src")...)
}

// script is a job with these statements alone, the query included.
func (w *outsideWorld) script(t *testing.T, mode string, statements ...string) compile.Input {
	t.Helper()
	script := "  CREATE CATALOG p WITH (" + w.options + ");\n"
	for _, s := range statements {
		script += "  " + s + ";\n"
	}
	job, _ := write(t, "name: orders\ntable-definitions: [tables.sql]\ncatalog-ddl: "+mode+"\nsql: |\n"+script, nil)
	return compile.Input{Job: job, Meta: meta, Resources: w.resources, Made: map[string]bool{}}
}

// change makes the changes of a job that are still to be made, and returns what they were.
func (w *outsideWorld) change(t *testing.T, in compile.Input) []string {
	t.Helper()
	look, err := w.compiler.Compile(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	var made []string
	err = w.compiler.ChangeCatalogs(t.Context(), in, func(c compile.CatalogChange, run func() error) error {
		made = append(made, c.What())
		return run()
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range look.ChangesSeen { // as the record says after that
		in.Made[c.ID] = true
	}
	return made
}

// files is every file and directory below one, with the digest of its content.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			found[path] = "directory"
			return err
		}
		data, err := os.ReadFile(path)
		found[path] = fmt.Sprintf("%x", sha256.Sum256(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
