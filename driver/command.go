package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"flink-sql-driver/driver/internal/flink"
)

// serviceOf returns the Flink process that a command line starts, and the
// arguments for it; false for every other command.
func serviceOf(argv []string) (flink.Service, []string, bool) {
	switch name, rest := filepath.Base(argv[0]), argv[1:]; {
	case argv[0] == "standalone-job":
		return flink.StandaloneJob, rest, true
	case argv[0] == "kubernetes-application":
		return flink.KubernetesApplication, rest, true
	case argv[0] == "taskmanager":
		return flink.TaskExecutor, rest, true
	case argv[0] == "kubernetes-taskmanager", name == "kubernetes-taskmanager.sh":
		return flink.KubernetesTaskManager, rest, true
	case name == "kubernetes-jobmanager.sh" && len(rest) > 0 && rest[0] == "kubernetes-application":
		return flink.KubernetesApplication, rest[1:], true
	case (name == "bash" || name == "sh") && len(rest) == 2 && rest[0] == "-c":
		// Flink's own way to start a TaskManager pod (CmdTaskManagerDecorator).
		if words, ok := shellWords(rest[1]); ok && len(words) > 0 && strings.HasPrefix(filepath.Base(words[0]), "kubernetes-") {
			return serviceOf(words)
		}
	}
	return flink.Service{}, nil, false
}

// shellWords splits a simple command as a shell does. It is false for anything
// that a shell would do more with than take off quotes.
func shellWords(text string) ([]string, bool) {
	var words []string
	var word strings.Builder
	in := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == ' ' || c == '\t':
			if in {
				words = append(words, word.String())
				word.Reset()
				in = false
			}
		case c == '\'' || c == '"':
			end := strings.IndexByte(text[i+1:], c)
			if end < 0 || c == '"' && strings.ContainsAny(text[i+1:i+1+end], "$`\\!") {
				return nil, false
			}
			word.WriteString(text[i+1 : i+1+end])
			i += end + 1
			in = true
		case strings.IndexByte("$`\\;&|<>(){}[]*?!\n\r\x00", c) >= 0, (c == '~' || c == '#') && !in:
			return nil, false
		default:
			word.WriteByte(c)
			in = true
		}
	}
	if in {
		words = append(words, word.String())
	}
	return words, true
}

// imageEntrypoint is the official image's own entrypoint.
const imageEntrypoint = "/docker-entrypoint.sh"

func (d *driver) imageEntrypoint() string {
	path := d.env.Get("FLINK_SQL_ENTRYPOINT")
	if path == "" {
		path = imageEntrypoint
	}
	if info, err := os.Stat(path); err != nil || info.IsDir() {
		return ""
	}
	return path
}

// passOn executes a command that is not the driver's, unchanged.
func (d *driver) passOn(argv []string) error {
	if entrypoint := d.imageEntrypoint(); entrypoint != "" {
		return d.exec(flink.Command{Path: entrypoint, Argv: append([]string{entrypoint}, argv...), Env: d.env})
	}
	if service, args, ok := serviceOf(argv); ok && flink.LookPath(argv[0], d.env) == "" {
		inst, err := flink.FindInstallation(d.env)
		if err != nil {
			return &execError{argv[0], err}
		}
		return d.exec(inst.Stock(service, args, d.env))
	}
	path := flink.LookPath(argv[0], d.env)
	if path == "" {
		return &execError{argv[0], os.ErrNotExist}
	}
	return d.exec(flink.Command{Path: path, Argv: argv, Env: d.env})
}

// exec becomes another program. It returns only if that fails.
func (d *driver) exec(c flink.Command) error {
	if err := redirect(c); err != nil {
		return err
	}
	err := syscall.Exec(c.Path, c.Argv, c.Env)
	if errors.Is(err, syscall.ENOENT) {
		if _, statErr := os.Stat(c.Path); statErr == nil {
			err = errors.New("its interpreter is missing")
		}
	}
	return &execError{c.Path, err}
}

// redirect sends standard output and error of this process and its children where a
// command wants them.
func redirect(c flink.Command) error {
	for fd, path := range map[int]string{1: c.Out, 2: c.Err} {
		if path == "" {
			continue
		}
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
		if err != nil {
			return &execError{c.Path, err}
		}
		if err := dup(int(f.Fd()), fd); err != nil {
			return &execError{c.Path, err}
		}
	}
	return nil
}
