//go:build linux

package local

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// merger copies the logs of one process, or of all TaskManagers, as they grow.
type merger struct {
	dir   string
	which string
	to    io.Writer
	parts []*part
	found bool // there was something to copy
}

// part is what one process writes.
type part struct {
	role     string
	out, log *tail
	lines    *lineWriter
}

// copy copies what is new.
func (m *merger) copy() error {
	for _, role := range m.roles() {
		if slices.ContainsFunc(m.parts, func(p *part) bool { return p.role == role }) {
			continue
		}
		m.parts = append(m.parts, &part{
			role: role,
			out:  &tail{path: filepath.Join(m.dir, outFile(role))}, log: &tail{path: filepath.Join(m.dir, logFile(role))},
			lines: &lineWriter{to: m.to, prefix: role + " | "},
		})
	}
	for _, p := range m.parts {
		to := m.to
		if len(m.parts) > 1 {
			to = p.lines
		}
		for _, t := range []*tail{p.out, p.log} {
			copied, err := t.copyTo(to)
			if err != nil {
				return err
			}
			m.found = m.found || copied
		}
	}
	return nil
}

// roles are the processes to copy from. TaskManagers may come with time.
func (m *merger) roles() []string {
	if m.which != allTaskManagers {
		return []string{m.which}
	}
	files, _ := filepath.Glob(filepath.Join(m.dir, taskManagerPrefix+"*.out"))
	var roles []string
	for _, f := range files {
		roles = append(roles, strings.TrimSuffix(filepath.Base(f), ".out"))
	}
	slices.SortFunc(roles, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b) // taskmanager-2 before taskmanager-10
		}
		return strings.Compare(a, b)
	})
	return roles
}

// end writes lines that have no end yet.
func (m *merger) end() error {
	var errs []error
	for _, p := range m.parts {
		errs = append(errs, p.lines.end())
	}
	return errors.Join(errs...)
}

func (m *merger) close() {
	for _, p := range m.parts {
		p.out.close()
		p.log.close()
	}
}

// longestLine is how much of a line is kept back until its end is written, in bytes.
const longestLine = 64 << 10

// lineWriter writes whole lines, each after a prefix, so that those of several
// processes do not mix.
type lineWriter struct {
	to     io.Writer
	prefix string
	rest   []byte // begin of a line
}

func (l *lineWriter) Write(data []byte) (int, error) {
	l.rest = append(l.rest, data...)
	var out bytes.Buffer
	for {
		i := bytes.IndexByte(l.rest, '\n')
		if i < 0 && len(l.rest) < longestLine {
			break
		}
		line := l.rest
		if i >= 0 {
			line = l.rest[:i]
		}
		out.WriteString(l.prefix)
		out.Write(line)
		out.WriteByte('\n')
		l.rest = l.rest[min(len(line)+1, len(l.rest)):]
	}
	if _, err := l.to.Write(out.Bytes()); err != nil {
		return 0, err
	}
	return len(data), nil
}

func (l *lineWriter) end() error {
	if len(l.rest) == 0 {
		return nil
	}
	_, err := l.Write([]byte("\n"))
	return err
}
