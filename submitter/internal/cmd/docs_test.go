package cmd_test

import (
	"encoding/json"
	"fmt"
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

// Every example of docs/manifest.md is a manifest, or a part of one. The whole ones
// compile, with the tables that stand beside them.
func TestDocsExamples(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(repository, "docs/manifest.md"))
	if err != nil {
		t.Fatal(err)
	}
	folder(t)
	for _, ddl := range examples(string(text), "sql") {
		name, _, _ := strings.Cut(strings.TrimPrefix(ddl, "-- "), "\n")
		write(t, name, ddl)
	}
	for _, file := range []string{"lib/udf.jar", "models.zip"} {
		write(t, filepath.Join("parts", file), "")
	}
	wholes, parts := 0, 0
	for i, example := range examples(string(text), "yaml") {
		if strings.HasPrefix(example, "name: ") {
			wholes++
			write(t, fmt.Sprintf("wholes/%d.yaml", i), strings.ReplaceAll(example, "tables/", "../tables/"))
			continue
		}
		parts++
		write(t, fmt.Sprintf("parts/%d.yaml", i), strings.Replace(goodJob, "name: good", fmt.Sprintf("name: part-%d", i), 1)+"\n"+example)
	}
	if wholes == 0 || parts == 0 {
		t.Fatalf("%d examples that are manifests, %d that are parts", wholes, parts)
	}
	if r := try(t.Context(), "validate", "parts"); r.code != 0 {
		t.Errorf("parts: %s", r.stderr)
	}
	if r := try(t.Context(), "compile", "wholes", "--output-dir", "made/for/plans", "--gateway", gateway.Get(t).URL); r.code != 0 {
		t.Errorf("wholes: %s", r.stderr)
	}
	if plans, _ := filepath.Glob("made/for/plans/*.json"); len(plans) != wholes {
		t.Errorf("%d plans of %d examples", len(plans), wholes)
	}
}

// examples are a document's code blocks of a language.
func examples(text, language string) []string {
	var all []string
	for _, after := range strings.Split(text, "\n```"+language+"\n")[1:] {
		block, _, _ := strings.Cut(after, "\n```")
		all = append(all, block+"\n")
	}
	return all
}

// The table of submitter.yaml in docs/formats.md has every key, and its example is
// valid.
func TestDocsOfSubmitterYAML(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(repository, "docs/formats.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "\n## submitter.yaml\n")
	section, _, _ := strings.Cut(after, "\n## ")
	data, err := manifest.ConfigSchema()
	if err != nil {
		t.Fatal(err)
	}
	type schema struct {
		Properties           map[string]schema `json:"properties"`
		AdditionalProperties any               `json:"additionalProperties"`
	}
	var s schema
	if err := json.Unmarshal(data, &s); err != nil || len(s.Properties) < 5 {
		t.Fatalf("%v: %s", err, data)
	}
	for key, below := range s.Properties {
		if len(below.Properties) == 0 && !strings.Contains(section, "`"+key) {
			t.Errorf("no `%s`", key)
		}
		for lower := range below.Properties {
			if !strings.Contains(section, "`"+key+"."+lower+"`") {
				t.Errorf("no `%s.%s`", key, lower)
			}
		}
	}
	folder(t)
	for _, example := range examples(section, "yaml") {
		write(t, "submitter.yaml", example)
	}
	write(t, "job-template.yaml", "parallelism: 2\n")
	write(t, "tables/shared.sql", "CREATE TABLE y (a INT) WITH ('connector' = 'blackhole');\n")
	write(t, "manifests/good.yaml", goodJob)
	if r := try(t.Context(), "validate", "manifests"); r.code != 0 {
		t.Error(r.stderr)
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
