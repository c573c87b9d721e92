package manifest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write golden files")

// A golden archive holds the files of a work tree, a file "options" with one
// option on each line, and "want".
func runGolden(t *testing.T, pattern string, render func(*Set, error) string) {
	archives, err := filepath.Glob(pattern)
	if err != nil || len(archives) == 0 {
		t.Fatalf("%s: no golden files", pattern)
	}
	for _, path := range archives {
		path, err := filepath.Abs(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			unpack(t, archive)
			got := render(Load(context.Background(), optionsOf(t, archive)))
			if *update {
				setFile(archive, "want", got)
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(fileOf(archive, "want")), got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// unpack writes the archive's files into a new working directory. In a file's
// text \r, \t and \ufeff stand for the characters, where the name ends in .esc.
func unpack(t *testing.T, archive *txtar.Archive) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, f := range archive.Files {
		if f.Name == "want" || f.Name == "options" {
			continue
		}
		name, escaped := strings.CutSuffix(f.Name, ".esc")
		data := string(f.Data)
		if escaped {
			data = strings.NewReplacer(`\r`, "\r", `\t`, "\t", `\ufeff`, "\ufeff", `\u00a0`, "\u00a0", `\x00`, "\x00", `\xff`, "\xff").Replace(data)
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func optionsOf(t *testing.T, archive *txtar.Archive) Options {
	t.Helper()
	o := Options{Vars: map[string]string{}, Remote: remoteFile}
	env := map[string]string{"HOME_TOWN": "Ulm"}
	o.Env = func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	for _, line := range strings.Split(strings.TrimSpace(string(fileOf(archive, "options"))), "\n") {
		key, v, _ := strings.Cut(line, " ")
		switch key {
		case "":
		case "path":
			o.Paths = append(o.Paths, v)
		case "template":
			o.Template = v
		case "config":
			o.Config = v
		case "definitions":
			o.TableDefinitions = append(o.TableDefinitions, v)
		case "var-file":
			o.VarFiles = append(o.VarFiles, v)
		case "var":
			name, v, _ := strings.Cut(v, "=")
			o.Vars[name] = v
		case "stdin":
			o.Stdin = strings.NewReader(string(fileOf(archive, v)))
		default:
			t.Fatalf("option %q", line)
		}
	}
	if len(o.Paths) == 0 {
		o.Paths = []string{"manifests"}
	}
	return o
}

// remoteFile stands in for a bucket; the real one is the caller's.
func remoteFile(_ context.Context, uri string) ([]byte, error) {
	if uri == "s3://bucket/tables.sql" {
		return []byte("CREATE TABLE remote (a INT);\n"), nil
	}
	return nil, errors.New("no such object")
}

func fileOf(archive *txtar.Archive, name string) []byte {
	for _, f := range archive.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

func setFile(archive *txtar.Archive, name, data string) {
	for i := range archive.Files {
		if archive.Files[i].Name == name {
			archive.Files[i].Data = []byte(data)
			return
		}
	}
	archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(data)})
}

func TestLoadReportsProblems(t *testing.T) {
	runGolden(t, "testdata/bad/*.txtar", func(s *Set, err error) string {
		var all *Error
		if !errors.As(err, &all) {
			return fmt.Sprintf("NO PROBLEMS: %v\n", err)
		}
		var good []string
		for _, j := range s.Jobs {
			good = append(good, j.Name)
		}
		return fmt.Sprintf("%s\ngood jobs: %s\n", err, strings.Join(good, " "))
	})
}

func TestLoad(t *testing.T) {
	runGolden(t, "testdata/good/*.txtar", func(s *Set, err error) string {
		if err != nil {
			return fmt.Sprintf("PROBLEMS:\n%v\n", err)
		}
		var b strings.Builder
		for _, j := range s.Jobs {
			stored, err := Stored(j, Meta{1, "35d3d720-760d-11ed-bfeb-02e547cf7baa", "2022-12-07 08:57:42"})
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "--- %s\n%s", j.Where("name"), stored)
			for _, d := range j.TableDefinitions {
				fmt.Fprintf(&b, "# definition %s: %q\n", d.At.File, d.Text)
			}
			fmt.Fprintf(&b, "# sql at %s\n", j.SQL.Position(1, 1))
			fmt.Fprintf(&b, "# state %s, restore %s, parallelism %d/%d, secrets %q\n", j.State, j.Restore, j.Parallelism, j.MaxParallelism, j.Secrets())
			fmt.Fprintf(&b, "# upgrade %+v\n", j.Upgrade)
			if j.Meta != nil {
				fmt.Fprintf(&b, "# meta %+v\n", *j.Meta)
			}
		}
		return b.String()
	})
}
