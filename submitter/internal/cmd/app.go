// Package cmd is the command line: one file for each verb. It turns flags into
// plain options, calls the packages that do the work, and renders what they
// return. It is the only package that imports urfave/cli.
package cmd

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// Version is set by the linker.
var Version = "dev"

// streams are where a command reads from and writes to: stdout is the product,
// stderr the story.
type streams struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

// Run runs the program with the given arguments (without its own name) and
// returns its exit code.
func Run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	s := streams{in: in, out: out, err: errs}
	app := newApp(s)
	if n := len(args); n > 0 && args[n-1] == completionFlag {
		complete(ctx, s, app, args[:n-1])
		return exitDone
	}
	words, err := normalize(app, args)
	if err == nil {
		err = app.RunContext(ctx, append([]string{app.Name}, words...))
	}
	return report(ctx, s, err, slices.Contains(args, "-v") || slices.Contains(args, "--verbose"), asksJSON(args))
}

func newApp(s streams) *cli.App {
	app := &cli.App{
		Name:    "submitter",
		Usage:   "run Flink SQL jobs from manifests, each in its own application cluster",
		Version: Version,
		Description: strings.TrimSpace(`
Keep one YAML manifest for each Flink SQL job, and make the world match:

   submitter apply manifests/             start, upgrade and stop jobs as the manifests say
   submitter apply manifests/ --dry-run   say what that would do, and to which state
   submitter status                       what every job is doing

` + exitCodes),
		Writer:                    s.out,
		ErrWriter:                 s.err,
		HideHelpCommand:           true,
		DisableSliceFlagSeparator: true,
		// The default handler ends the process inside Run.
		ExitErrHandler: func(*cli.Context, error) {},
		Commands: []*cli.Command{
			initCommand(s), applyCommand(s), diffCommand(s), validateCommand(s), compileCommand(s),
			statusCommand(s), logsCommand(s), historyCommand(s),
			stopCommand(s), resumeCommand(s), restartCommand(s), cancelCommand(s), deleteCommand(s),
			forceUnlockCommand(s), adoptCommand(s),
			planCommand(s), savepointCommand(s), localCommand(s), doctorCommand(s), schemaCommand(s), completionCommand(s),
		},
		OnUsageError: usage,
	}
	each(app.Commands, func(c *cli.Command) {
		c.OnUsageError = usage
		c.HideHelpCommand = true
		c.Before = checkOutput
	})
	cli.VersionPrinter = func(*cli.Context) { fmt.Fprintf(s.out, "submitter %s\n", Version) }
	return app
}

func each(commands []*cli.Command, f func(*cli.Command)) {
	for _, c := range commands {
		f(c)
		each(c.Subcommands, f)
	}
}

// usage keeps urfave/cli from printing help to stdout on a wrong flag.
func usage(c *cli.Context, err error, _ bool) error {
	if name, ok := strings.CutPrefix(err.Error(), "flag provided but not defined: -"); ok {
		return unknownFlag(c, name)
	}
	return usagef("%s; see `%s --help`", err, c.Command.HelpName)
}

// checkOutput refuses an output format that does not exist before anything is
// done, not when the work is to be printed.
func checkOutput(c *cli.Context) error {
	switch o := c.String("output"); o {
	case "", outputTable, outputJSON, outputYAML:
		return nil
	default:
		remedy := ""
		if strings.ContainsAny(o, "./") {
			remedy = "; it names a format, and a file gets what stdout gets: > " + o
		}
		return usagef("-o %s: it is %s, %s or %s%s", o, outputTable, outputJSON, outputYAML, remedy)
	}
}

// usageError is a mistake on the command line.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// noArgs refuses arguments that a verb does not take.
func noArgs(c *cli.Context) error {
	if c.NArg() > 0 {
		return usagef("%s takes no arguments, but got %q", verb(c), c.Args().First())
	}
	return nil
}

// verb is how a command was called: "plan diff".
func verb(c *cli.Context) string {
	_, name, _ := strings.Cut(c.Command.HelpName, " ")
	return name
}

// workDir is where relative paths start.
func workDir() (string, error) { return os.Getwd() }
