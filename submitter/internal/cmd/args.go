package cmd

import (
	"fmt"
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
	help := len(words) > 0 && words[0] == "help"
	if help {
		words = words[1:]
	}
	path, words, commands, global := walk(app, words)
	if len(commands) > 0 && len(words) > 0 && !strings.HasPrefix(words[0], "-") {
		return nil, unknownCommand(append(path, words[0]), commands)
	}
	if help || slices.Contains(words, "--help") || slices.Contains(words, "-h") {
		return append(path, "--help"), nil
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

// walk follows words down the commands. It returns the words that are commands,
// those that are left, and what the last command has below it.
func walk(app *cli.App, words []string) (path, rest []string, commands []*cli.Command, flags []cli.Flag) {
	commands, flags = app.Commands, app.Flags
	for len(words) > 0 {
		c := find(commands, words[0])
		if c == nil {
			break
		}
		path, words = append(path, words[0]), words[1:]
		commands, flags = c.Subcommands, c.Flags
	}
	return path, words, commands, flags
}

func unknownCommand(path []string, commands []*cli.Command) error {
	text := fmt.Sprintf("there is no command %q", strings.Join(path, " "))
	last := path[len(path)-1]
	for _, c := range commands {
		if !c.Hidden && (strings.HasPrefix(c.Name, last) || strings.HasPrefix(last, c.Name)) {
			text += fmt.Sprintf("; did you mean %q?", c.Name)
			break
		}
	}
	return usagef("%s; see `%s --help`", text, strings.Join(append([]string{"submitter"}, path[:len(path)-1]...), " "))
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
