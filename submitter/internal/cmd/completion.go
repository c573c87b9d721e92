package cmd

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"flink-sql-driver/submitter/internal/compile"
)

// completionFlag ends a command line that asks what may come next. The scripts
// below use it.
const completionFlag = "--generate-bash-completion"

// wantFiles stands among the candidates where a name of a file may come, too: the
// shell knows those.
const wantFiles = ":files"

// flagValues are the flags whose values are known.
var flagValues = map[string][]string{
	"output":            {outputTable, outputJSON, outputYAML},
	"process":           {"jobmanager", "taskmanager", "supervisor"},
	"plan-handover":     {string(compile.File), string(compile.Store), string(compile.Query)},
	"deployment-target": built,
}

var shells = []string{"bash", "zsh", "fish"}

// complete prints what may follow the given words, one candidate on each line:
// values of a flag, commands, names of jobs, flags.
func complete(ctx context.Context, s streams, app *cli.App, words []string) {
	path, rest, commands, flags := walk(app, words)
	print := func(all ...string) {
		for _, one := range all {
			fmt.Fprintln(s.out, one)
		}
	}
	if n := len(rest); n > 0 && strings.HasPrefix(rest[n-1], "-") && takesValue(flags, strings.TrimLeft(rest[n-1], "-")) {
		values, known := flagValues[flagNamed(flags, strings.TrimLeft(rest[n-1], "-"))]
		if !known {
			values = []string{wantFiles}
		}
		print(values...)
		return
	}
	for _, c := range commands {
		if !c.Hidden {
			print(c.Name)
		}
	}
	switch takes := argsOf(app, path); {
	case takes == "SHELL" && len(rest) == 0:
		print(shells...)
	case strings.Contains(takes, "NAME"):
		print(namesIn(ctx, firstOf(valueOf(rest, "store"), os.Getenv(storeVariable)), firstOf(valueOf(rest, "config"), os.Getenv(configVariable)))...)
	}
	if takes := argsOf(app, path); strings.Contains(takes, "FILE") || strings.Contains(takes, "FOLDER") || strings.Contains(takes, "PATH") || takes == "OLD NEW" {
		print(wantFiles)
	}
	for _, f := range flags {
		if v, ok := f.(cli.VisibleFlag); ok && v.IsVisible() {
			print("--" + f.Names()[0])
		}
	}
}

// argsOf is what a command says that it takes.
func argsOf(app *cli.App, path []string) string {
	commands, takes := app.Commands, ""
	for _, name := range path {
		c := find(commands, name)
		commands, takes = c.Subcommands, c.ArgsUsage
	}
	return takes
}

// flagNamed is the first name of a flag with that name: output for o.
func flagNamed(flags []cli.Flag, name string) string {
	for _, f := range flags {
		if slices.Contains(f.Names(), name) {
			return f.Names()[0]
		}
	}
	return ""
}

// valueOf is what a flag is given among the words.
func valueOf(words []string, name string) string {
	for i, w := range words {
		given, value, ok := strings.Cut(strings.TrimLeft(w, "-"), "=")
		switch {
		case !strings.HasPrefix(w, "-") || given != name:
		case ok:
			return value
		case i+1 < len(words):
			return words[i+1]
		}
	}
	return ""
}

// The scripts offer flags once a dash is typed, and files where the program says so.
const (
	bashCompletion = `_submitter() {
  local all cur=${COMP_WORDS[COMP_CWORD]}
  all=$("${COMP_WORDS[@]:0:COMP_CWORD}" --generate-bash-completion 2>/dev/null)
  COMPREPLY=()
  case $'\n'$all$'\n' in
  *$'\n:files\n'*) COMPREPLY=($(compgen -f -- "$cur")) ;;
  esac
  [[ $cur == -* ]] || all=$(grep -v '^-' <<<"$all")
  COMPREPLY+=($(compgen -W "$(grep -v '^:' <<<"$all")" -- "$cur"))
}
complete -o filenames -F _submitter submitter
`
	zshCompletion = `#compdef submitter
_submitter() {
  local -a all
  all=("${(@f)$(${words[@]:0:CURRENT-1} --generate-bash-completion 2>/dev/null)}")
  (( ${all[(Ie):files]} )) && _files
  all=(${all:#:*})
  [[ $PREFIX == -* ]] || all=(${all:#-*})
  compadd -- $all
}
compdef _submitter submitter
`
	fishCompletion = `function __submitter
  set -l all (eval (commandline -opc) --generate-bash-completion 2>/dev/null)
  string match -v ':*' -- $all
  contains ':files' $all; and __fish_complete_path (commandline -ct)
end
complete -c submitter -f -a '(__submitter)'
`
)

func completionCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print a shell's completion script: bash, zsh or fish",
		ArgsUsage: "SHELL",
		Description: `   source <(submitter completion bash)
   submitter completion fish > ~/.config/fish/completions/submitter.fish

` + exits(exitDone, exitUsage),
		Action: func(c *cli.Context) error {
			script, ok := map[string]string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}[c.Args().First()]
			if !ok {
				return usagef("completion for which shell? bash, zsh or fish")
			}
			_, err := io.WriteString(s.out, script)
			if err != nil {
				return fmt.Errorf("completion: %w", err)
			}
			return nil
		},
	}
}
