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
	// jvmFailed are the words with which a JVM that cannot go on ends; it does not log
	// them.
	jvmFailed = regexp.MustCompile(`(?m)^(?:Error: |Error occurred|Terminating due to|Aborting due to|Exception in thread|# There is insufficient memory).*$`)
	// driverStory are the lines in which the driver tells what it does. Why it gave up is
	// its last word.
	driverStory = regexp.MustCompile(`(?m)^driver: .*\n?`)
	inThread    = regexp.MustCompile(`^Exception in thread "[^"]*" `)
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
	if cause := javatrace.InLog(log); cause != "" {
		return cause
	}
	out := since(filepath.Join(dir, "log", outFile(role)), m.out)
	if all := jvmFailed.FindAllString(out, -1); len(all) > 0 {
		return javatrace.OneLine(inThread.ReplaceAllString(all[len(all)-1], ""))
	}
	if log != "" {
		return "" // then what it printed is the job's
	}
	out = driverStory.ReplaceAllString(out, "")
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
