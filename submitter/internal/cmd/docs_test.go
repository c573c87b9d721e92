package cmd_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/manifest"
)

// repository is the root of this repository.
var repository, _ = filepath.Abs("../../..")

const generated = "<!-- From here on written by: go test ./submitter/internal/cmd -run TestDocs -update -->\n"

// docs/cli.md ends with what --help prints for every verb.
func TestDocsOfCommands(t *testing.T) {
	file := filepath.Join(repository, "docs/cli.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	byHand, _, ok := strings.Cut(string(text), generated)
	if !ok {
		t.Fatalf("%s lacks the line %q", file, generated)
	}
	var b strings.Builder
	b.WriteString(byHand + generated)
	for _, v := range verbs(t) {
		name := strings.Join(v, " ")
		b.WriteString("\n## " + name + "\n```\n" + strings.TrimSpace(run(t, append(v, "--help")...)) + "\n```\n")
		if len(v) == 1 && !strings.Contains(byHand, "`"+v[0]) {
			t.Errorf("the text of %s does not mention %s", file, name)
		}
	}
	golden(t, file, b.String())
}

// docs/manifest.md names every key that a manifest may have, and every one that is
// not built yet.
func TestDocsOfTheManifest(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(repository, "docs/manifest.md"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := manifest.Schema()
	if err != nil {
		t.Fatal(err)
	}
	type schema struct {
		Properties map[string]schema `json:"properties"`
	}
	var s schema
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	if len(s.Properties) < 20 || len(s.Properties["upgrade"].Properties) < 5 {
		t.Fatal("the schema is built in another way now; mend this test")
	}
	keys := s.Properties
	for key := range s.Properties["upgrade"].Properties {
		keys[key] = schema{}
	}
	for key := range keys {
		if !strings.Contains(string(text), "`"+key+"`") {
			t.Errorf("docs/manifest.md does not mention `%s`", key)
		}
	}
}

// The recipe for the digest of a release in docs/formats.md is the one that the
// code follows.
func TestDocsOfTheDigest(t *testing.T) {
	folder(t)
	b, err := bucket.Open(t.Context(), "mem://")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	plan, err := os.ReadFile(filepath.Join(repository, "plan/testdata/sum.json"))
	if err != nil {
		t.Fatal(err)
	}
	published, err := release.Publish(t.Context(), b, release.Release{Name: "orders", Plan: plan})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"plan.json", "config.json"} {
		data, err := b.Read(t.Context(), "releases/orders/"+published.Digest+"/"+name, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		write(t, name, string(data))
	}
	text, err := os.ReadFile(filepath.Join(repository, "docs/formats.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(text), "In shell, in a release's directory:\n\n```sh\n")
	recipe, _, end := strings.Cut(after, "```")
	if !ok || !end {
		t.Fatal("docs/formats.md has no recipe")
	}
	out, err := exec.Command("sh", "-c", recipe).Output()
	if err != nil || !strings.HasPrefix(string(out), published.Digest) {
		t.Errorf("the recipe gives %s (%v), the code %s", out, err, published.Digest)
	}
}
