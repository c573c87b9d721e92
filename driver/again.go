package main

import (
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"flink-sql-driver/driver/internal/flink"
	"flink-sql-driver/driver/internal/standby"
)

// againError asks for this program to be started once more, from the beginning: the
// Flink that it stood in for has crashed.
type againError struct {
	code    int
	process *standby.Process
	crashes []time.Time // of the last hour, this one included
}

func (*againError) Error() string { return "Flink has crashed and is started again" }

// What a Flink ends with that somebody should start again. Everything else above
// standby.SignalBase is a signal plus that, JVMs' own codes included (143 after SIGTERM).
const (
	codeNotStarted  = 1 // ClusterEntrypoint.STARTUP_FAILURE_RETURN_CODE
	codeFatal       = 2 // ClusterEntrypoint.RUNTIME_FAILURE_RETURN_CODE
	codeOutOfMemory = 3 // -XX:+ExitOnOutOfMemoryError
	codeFailed      = 163
)

func crashed(code int) bool {
	return code == codeFatal || code == codeOutOfMemory || code > standby.SignalBase && code != codeFailed
}

// startsAgain reports whether the driver itself starts a Flink again that ended with a
// code after it had run for a time. Platforms wait longer each time before they do (a
// Kubernetes Job 10 s, 20 s, … up to 10 min, and never forgets how often); that is right
// for a Flink that crashes as it starts, and for nothing else.
func (j *job) startsAgain(code int, ran time.Duration) bool {
	return j.staysWith() && crashed(code) && ran >= j.options.settings.restartAfter
}

// staysWith reports whether the driver stands in for Flink until its end. Without high
// availability nobody may start one again but a platform that knows what that means.
func (j *job) staysWith() bool {
	return j.service.Role == flink.JobManager && j.options.settings.any() && j.highlyAvailable()
}

// stayWith starts Flink, and passes signals on to it until it ends.
func (j *job) stayWith(c flink.Command) error {
	p, err := start(c)
	if err != nil {
		return err
	}
	debug.FreeOSMemory() // what fetching took belongs to Flink from here on
	<-p.Done()
	return j.ended(p)
}

// ended is what the end of a Flink means for the driver.
func (j *job) ended(p *standby.Process) error {
	code := p.Code()
	switch {
	case code == 0:
		return nil
	case code == codeNotStarted && j.staysWith() && j.ranBefore:
		// It started before, so the cause is around it (Kubernetes' API is away), and passes.
		j.story("Flink did not start, though it did before")
		return &endedError{codeFatal}
	case p.Asked() || !j.startsAgain(code, p.Ran()):
		return &endedError{code}
	}
	past := recent(j.env.Get(crashesVariable), time.Now())
	if len(past) >= maxCrashes {
		j.story("Flink ended with code %d, and crashed %d times before within %s", code, len(past), crashesWithin)
		return &endedError{code}
	}
	j.story("Flink ended with code %d after %s; it is started again", code, p.Ran().Round(time.Second))
	return &againError{code: code, process: p, crashes: append(past, time.Now())}
}

// start starts Flink as a child.
func start(c flink.Command) (*standby.Process, error) {
	if err := redirect(c); err != nil {
		return nil, err
	}
	p, err := standby.Start(&exec.Cmd{Path: c.Path, Args: c.Argv, Env: c.Env, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
	if err != nil {
		return nil, &execError{c.Path, err}
	}
	return p, nil
}

// What crashes again and again is left to the platform, where everybody sees it.
const (
	maxCrashes    = 3
	crashesWithin = time.Hour
	// crashesVariable hands the times of crashes on, in Unix seconds.
	crashesVariable = "FLINK_SQL_DRIVER_CRASHES"
)

// recent are those times of a list that are not long ago.
func recent(list string, now time.Time) []time.Time {
	var times []time.Time
	for _, word := range strings.Fields(list) {
		seconds, err := strconv.ParseInt(word, 10, 64)
		if at := time.Unix(seconds, 0); err == nil && now.Sub(at) < crashesWithin {
			times = append(times, at)
		}
	}
	return times
}

// startAgain becomes this program anew. It returns only if that fails, or if somebody
// asked for an end meanwhile.
func (d *driver) startAgain(again *againError) error {
	self, err := os.Executable()
	if err != nil {
		return &execError{os.Args[0], err}
	}
	var list []string
	for _, at := range again.crashes {
		list = append(list, strconv.FormatInt(at.Unix(), 10))
	}
	if again.process.Asked() {
		return &endedError{again.code}
	}
	return d.exec(flink.Command{Path: self, Argv: os.Args, Env: d.env.With(crashesVariable, strings.Join(list, " "))})
}
