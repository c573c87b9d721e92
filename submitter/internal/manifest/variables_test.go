package manifest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Values of variables may hold ${env:NAME} and ${secret:NAME}, and nothing else.
func TestValuesOfVariables(t *testing.T) {
	env := func(name string) (string, bool) {
		v, ok := map[string]string{"REGION": "eu", "ODD": "${secret:X} ${NAME}"}[name]
		return v, ok
	}
	const sql = "sql: |\n  CREATE TABLE x (a STRING) WITH ('connector' = 'blackhole', 'k' = '${V}');\n  INSERT INTO x VALUES ('a');\n"
	for name, c := range map[string]struct {
		value, template, varFile string
		vars                     map[string]string
		want                     string // in the SQL
		problem                  string
	}{
		"text":                         {value: "plain", want: "'k' = 'plain'"},
		"environment":                  {value: "a-${env:REGION}-b", want: "'k' = 'a-eu-b'"},
		"environment, not searched":    {value: "${env:ODD}", want: "'k' = '${secret:X} ${NAME}'"},
		"secret":                       {value: "u:${secret:DB}", want: "'k' = 'u:${secret:DB}'"},
		"escaped":                      {value: "$${NAME}", want: "'k' = '${NAME}'"},
		"not in the environment":       {value: "${env:NOPE}", problem: "m.yaml:3:6: the environment has no variable 'NOPE'"},
		"another variable":             {value: "${W}", problem: "m.yaml:3:6: the value of a variable cannot hold ${W}; it may hold ${env:NAME} and ${secret:NAME}"},
		"a resource":                   {value: "${resource:a.jar}", problem: "m.yaml:3:6: the value of a variable cannot hold ${resource:a.jar}"},
		"an unknown scheme":            {value: "${vault:x}", problem: "m.yaml:3:6: the value of a variable cannot hold ${vault:x}"},
		"not closed":                   {value: "${env:REGION", problem: "m.yaml:3:6: ${ without a name and a }"},
		"replaced on the command line": {value: "${env:NOPE}", vars: map[string]string{"V": "x"}, want: "'k' = 'x'"},
		"command line, as it is":       {value: "a", vars: map[string]string{"V": "${W}"}, want: "'k' = '${W}'"},
		"template":                     {template: "variables: {V: '${env:REGION}'}\n", want: "'k' = 'eu'"},
		"template, wrong":              {template: "variables: {V: '${W}'}\n", problem: "t.yaml:1:16: the value of a variable cannot hold ${W}"},
		"file of variables":            {varFile: "V: ${env:REGION}\n", want: "'k' = 'eu'"},
		"file of variables, wrong":     {varFile: "W: x\nV: ${W}\n", problem: "v.yaml:2:4: the value of a variable cannot hold ${W}"},
		"file of variables, replaced":  {varFile: "V: ${env:NOPE}\n", vars: map[string]string{"V": "x"}, want: "'k' = 'x'"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			text := "name: m\n"
			if c.value != "" {
				text += "variables:\n  V: '" + c.value + "'\n"
			}
			o := Options{Paths: []string{"m.yaml"}, Vars: c.vars, Env: env}
			files := map[string]string{"m.yaml": text + sql}
			if c.template != "" {
				files["t.yaml"], o.Template = c.template, "t.yaml"
			}
			if c.varFile != "" {
				files["v.yaml"], o.VarFiles = c.varFile, []string{"v.yaml"}
			}
			for file, content := range files {
				if err := os.WriteFile(filepath.Join(".", file), []byte(content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			set, err := Load(t.Context(), o)
			switch {
			case c.problem != "":
				if err == nil || !strings.HasPrefix(err.Error(), c.problem) {
					t.Errorf("%v, want %s", err, c.problem)
				}
			case err != nil:
				t.Error(err)
			case !strings.Contains(set.Jobs[0].SQL.Text, c.want):
				t.Errorf("%s lacks %s", set.Jobs[0].SQL.Text, c.want)
			}
		})
	}
}
