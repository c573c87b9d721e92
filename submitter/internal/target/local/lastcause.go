//go:build linux

package local

import (
	"io"
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
	// thrown begins a trace: a class, a message, and a frame below.
	thrown = regexp.MustCompile(`(?m)^(?:[\w$]+\.)+[\w$]*(?:Error|Exception)\b.*\n\tat `)
	// jvmFailed are the words with which a JVM that cannot go on ends; it does not log
	// them.
	jvmFailed = regexp.MustCompile(`(?m)^(?:Error: |Error occurred|Terminating due to|Aborting due to|Exception in thread|# There is insufficient memory).*$`)
	inThread  = regexp.MustCompile(`^Exception in thread "[^"]*" `)
	// logLine begins a line that is no part of a trace; see logConf.
	logLine = regexp.MustCompile(`(?m)^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2},\d{3} `)
)

// logs says how much a process had written at some moment, in bytes.
type logs struct{ log, out int64 }

func mark(dir, role string) logs {
	size := func(name string) int64 {
		info, err := os.Stat(filepath.Join(dir, "log", name))
		if err != nil {
			return 0
		}
		return info.Size()
	}
	return logs{log: size(logFile(role)), out: size(outFile(role))}
}

// reason is why a process that has ended did so, from what it left since the mark:
// the driver's last word, the last trace in its log, or what the JVM printed. Empty
// if it tells of nothing.
func (m logs) reason(dir, role string) string {
	if word := lastWord(dir, role); word != "" {
		return word
	}
	return m.cause(dir, role)
}

// cause is reason without the driver's last word.
func (m logs) cause(dir, role string) string {
	log := since(filepath.Join(dir, "log", logFile(role)), m.log)
	if cause := causeIn(log); cause != "" {
		return cause
	}
	out := since(filepath.Join(dir, "log", outFile(role)), m.out)
	if all := jvmFailed.FindAllString(out, -1); len(all) > 0 {
		return javatrace.OneLine(inThread.ReplaceAllString(all[len(all)-1], ""))
	}
	if log != "" {
		return "" // then what it printed is the job's
	}
	const last = 2
	return joinLast(out, last)
}

// since is what was written to a file after its first so many bytes, no more of it
// than causeTail.
func since(path string, from int64) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return ""
	}
	if info.Size() < from {
		from = 0 // it was cut or begun anew
	}
	if _, err := f.Seek(max(from, info.Size()-causeTail), io.SeekStart); err != nil {
		return ""
	}
	data, _ := io.ReadAll(io.LimitReader(f, causeTail))
	return strings.ToValidUTF8(string(data), "�")
}

// lastCause is the root cause of the failure that a JobManager's log ends with;
// empty if it tells of none. It is for JobManagers that nobody can ask any more.
func lastCause(dir string) string { return logs{}.cause(dir, roleJobManager) }

// causeIn finds the trace that follows a job's failure, or failing that the last
// trace.
func causeIn(log string) string {
	if all := jobFailed.FindAllStringIndex(log, -1); len(all) > 0 {
		return javatrace.OneLine(traceAt(log, all[len(all)-1][1]))
	}
	if last := strings.LastIndex(log, "\nCaused by: "); last >= 0 {
		return javatrace.OneLine(traceAt(log, last+1))
	}
	if all := thrown.FindAllStringIndex(log, -1); len(all) > 0 {
		return javatrace.OneLine(traceAt(log, all[len(all)-1][0]))
	}
	return ""
}

// traceAt is the text up to the next line of the log.
func traceAt(log string, from int) string {
	rest := log[from:]
	if end := logLine.FindStringIndex(rest); end != nil {
		rest = rest[:end[0]]
	}
	return rest
}
