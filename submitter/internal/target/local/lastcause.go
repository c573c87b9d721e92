//go:build linux

package local

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"flink-sql-driver/submitter/internal/javatrace"
)

// causeTail is how much of a log's end is searched for a cause, in bytes.
const causeTail = 256 << 10

var (
	// jobFailed is Flink's last word on a job that has failed; its trace follows
	// (org.apache.flink.runtime.dispatcher.Dispatcher).
	jobFailed = regexp.MustCompile(`(?m)^.* reached terminal state FAILED\.$\n?`)
	// logLine begins a line that is no part of a trace; see logConf.
	logLine = regexp.MustCompile(`(?m)^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2},\d{3} `)
)

// lastCause is the root cause of the failure that a JobManager's log ends with;
// empty if it tells of none. It is for JobManagers that nobody can ask any more.
func lastCause(dir string) string {
	f, err := os.Open(filepath.Join(dir, "log", logFile(roleJobManager)))
	if errors.Is(err, fs.ErrNotExist) {
		return neverLogged(dir)
	}
	if err != nil {
		return ""
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > causeTail {
		_, _ = f.Seek(-causeTail, io.SeekEnd)
	}
	data, _ := io.ReadAll(io.LimitReader(f, causeTail))
	return causeIn(strings.ToValidUTF8(string(data), "�"))
}

// neverLogged is what a JVM printed that did not come as far as its log.
func neverLogged(dir string) string {
	const last = 2
	out := filepath.Join(dir, "log", outFile(roleJobManager))
	if _, err := os.Stat(out); err != nil {
		return ""
	}
	return lastLines(out, last)
}

// causeIn finds the trace that follows a job's failure, or failing that the last
// trace.
func causeIn(log string) string {
	if all := jobFailed.FindAllStringIndex(log, -1); len(all) > 0 {
		return javatrace.OneLine(traceAt(log, all[len(all)-1][1]))
	}
	last := strings.LastIndex(log, "\nCaused by: ")
	if last < 0 {
		return ""
	}
	return javatrace.OneLine(traceAt(log, last+1))
}

// traceAt is the text up to the next line of the log.
func traceAt(log string, from int) string {
	rest := log[from:]
	if end := logLine.FindStringIndex(rest); end != nil {
		rest = rest[:end[0]]
	}
	return rest
}
