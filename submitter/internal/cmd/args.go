package cmd

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// manyValues are flags that take several values after one mention, as the
// flink-sql-runner's scripts had them: --table-definition-path A.sql B.sql.
var manyValues = []string{"table-definition-path"}

// normalize orders the words of a command line as urfave/cli v2 needs them: it
// stops looking for flags at the first argument, so all flags go before it. A
// flag with several values is repeated for each.
func normalize(app *cli.App, words []string) ([]string, error) {
	commands, global := app.Commands, app.Flags
	var path []string
	for len(words) > 0 {
		c := find(commands, words[0])
		if c == nil {
			break
		}
		path = append(path, words[0])
		words = words[1:]
		commands, global = c.Subcommands, c.Flags
	}
	var flags, args []string
	for i := 0; i < len(words); i++ {
		w := words[i]
		if w == "--" {
			args = append(args, words[i+1:]...)
			break
		}
		if len(w) < 2 || w[0] != '-' {
			args = append(args, w)
			continue
		}
		name, _, hasValue := strings.Cut(strings.TrimLeft(w, "-"), "=")
		if hasValue || !takesValue(global, name) {
			flags = append(flags, w)
			continue
		}
		if i+1 == len(words) {
			return nil, usagef("flag %s needs a value", w)
		}
		i++
		flags = append(flags, w, words[i])
		for slices.Contains(manyValues, name) && i+1 < len(words) && isDefinition(words[i+1]) {
			i++
			flags = append(flags, w, words[i])
		}
	}
	out := append(path, flags...)
	if len(args) > 0 {
		out = append(append(out, "--"), args...)
	}
	return out, nil
}

// isDefinition tells a further table definition from an argument of the verb.
func isDefinition(w string) bool {
	return w != "" && w[0] != '-' && (strings.HasSuffix(strings.ToLower(w), ".sql") || strings.ContainsAny(w, "*?["))
}

func find(commands []*cli.Command, name string) *cli.Command {
	for _, c := range commands {
		if c.HasName(name) {
			return c
		}
	}
	return nil
}

func takesValue(flags []cli.Flag, name string) bool {
	for _, f := range flags {
		if !slices.Contains(f.Names(), name) {
			continue
		}
		d, ok := f.(cli.DocGenerationFlag)
		return ok && d.TakesValue()
	}
	return false
}
