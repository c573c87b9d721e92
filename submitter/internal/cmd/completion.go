package cmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"
)

// completionFlag ends a command line that asks what may come next. The scripts
// below use it.
const completionFlag = "--generate-bash-completion"

// complete prints what may follow the given words, one candidate on each line:
// commands, else flags. Nothing after a flag that wants a value: the shell knows
// files.
func complete(s streams, app *cli.App, words []string) {
	_, rest, commands, flags := walk(app, words)
	if n := len(rest); n > 0 && strings.HasPrefix(rest[n-1], "-") && takesValue(flags, strings.TrimLeft(rest[n-1], "-")) {
		return
	}
	for _, c := range commands {
		if !c.Hidden {
			fmt.Fprintln(s.out, c.Name)
		}
	}
	for _, f := range flags {
		if v, ok := f.(cli.VisibleFlag); ok && v.IsVisible() {
			fmt.Fprintln(s.out, "--"+f.Names()[0])
		}
	}
}

const (
	bashCompletion = `_submitter() {
  local words
  words=$("${COMP_WORDS[@]:0:COMP_CWORD}" --generate-bash-completion 2>/dev/null)
  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}") $(compgen -f -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o filenames -F _submitter submitter
`
	zshCompletion = `#compdef submitter
_submitter() {
  local -a words
  words=("${(@f)$(${words[@]:0:CURRENT-1} --generate-bash-completion 2>/dev/null)}")
  compadd -- $words
  _files
}
compdef _submitter submitter
`
	fishCompletion = `complete -c submitter -a '(eval (commandline -opc) --generate-bash-completion 2>/dev/null)'
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
