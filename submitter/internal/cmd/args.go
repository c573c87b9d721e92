package cmd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"flink-sql-driver/submitter/internal/manifest"
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
	early, words := beforeVerb(app, words)
	path, words, commands, global := walk(app, words)
	words = append(early, words...)
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

// beforeVerb takes off the flags that stand before the verb: they are the verb's.
func beforeVerb(app *cli.App, words []string) (early, rest []string) {
	if len(words) == 0 || !strings.HasPrefix(words[0], "-") {
		return nil, words
	}
	i := slices.IndexFunc(words, func(w string) bool { return find(app.Commands, w) != nil })
	if i < 0 || slices.Contains(words[:i], "--") {
		return nil, words
	}
	return slices.Clone(words[:i]), words[i:]
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
	return usagef("there is no command %q%s; see `%s --help`", strings.Join(path, " "), nearCommand(path[len(path)-1], commands),
		strings.Join(append([]string{"submitter"}, path[:len(path)-1]...), " "))
}

// nearCommand is the end of a message: what may have been meant.
func nearCommand(word string, commands []*cli.Command) string {
	var known []string
	for _, c := range commands {
		if c.Hidden {
			continue
		}
		if strings.HasPrefix(c.Name, word) || strings.HasPrefix(word, c.Name) {
			return fmt.Sprintf("; did you mean '%s'?", c.Name)
		}
		known = append(known, c.Names()...)
	}
	return near(word, known)
}

// near is the end of a message: the known word nearest to the one written.
func near(word string, known []string) string {
	if meant := manifest.DidYouMean(word, known); meant != "" {
		return "; " + meant
	}
	return ""
}

// unknownFlag is for a flag that a command does not have; name is without dashes.
func unknownFlag(c *cli.Context, name string) error {
	flags := c.Command.Flags
	if c.Command.Name == "" || c.Command.Name == c.App.Name {
		flags = c.App.Flags
	}
	var known []string
	for _, f := range flags {
		if v, ok := f.(cli.VisibleFlag); ok && v.IsVisible() {
			known = append(known, "--"+f.Names()[0])
		}
	}
	dashes := "--"
	if len(name) == 1 {
		dashes = "-"
	}
	return usagef("there is no flag %s%s%s; see `%s --help`", dashes, name, near("--"+name, known), c.Command.HelpName)
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
