package javatrace

import (
	"regexp"
	"strings"
)

var (
	// jobFailed is Flink's last word on a job that has failed; its trace follows
	// (org.apache.flink.runtime.dispatcher.Dispatcher).
	jobFailed = regexp.MustCompile(`(?m)^.* reached terminal state FAILED\.$\n?`)
	// thrown begins a trace: a class, a message, and a frame below.
	thrown = regexp.MustCompile(`(?m)^(?:[\w$]+\.)+[\w$]*(?:Error|Exception)\b.*\n\tat `)
	// logLine begins a line that is no part of a trace; %d{yyyy-MM-dd HH:mm:ss,SSS}.
	logLine = regexp.MustCompile(`(?m)^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2},\d{3} `)
)

// InLog is the root cause that a log of Flink ends with, in one line: of the trace
// that follows a job's failure, or failing that of the last trace. Empty if there is
// none.
func InLog(log string) string {
	if all := jobFailed.FindAllStringIndex(log, -1); len(all) > 0 {
		return OneLine(traceAt(log, all[len(all)-1][1]))
	}
	if last := strings.LastIndex(log, "\nCaused by: "); last >= 0 {
		return OneLine(traceAt(log, last+1))
	}
	if all := thrown.FindAllStringIndex(log, -1); len(all) > 0 {
		return OneLine(traceAt(log, all[len(all)-1][0]))
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
