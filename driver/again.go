package main

import (
	"os"
	"os/exec"
	"runtime/debug"
	"time"

	"flink-sql-driver/driver/internal/flink"
	"flink-sql-driver/driver/internal/standby"
)

// againError asks for this program to be started once more, from the beginning: the
// Flink that it stood in for has crashed.
type againError struct{}

func (*againError) Error() string { return "Flink has crashed and is started again" }

// What a Flink ends with that somebody should start again. Everything else above
// signalBase is a signal plus that, JVMs' own codes included (143 after SIGTERM).
const (
	codeFatal       = 2 // ClusterEntrypoint.RUNTIME_FAILURE_RETURN_CODE
	codeOutOfMemory = 3 // -XX:+ExitOnOutOfMemoryError
	codeFailed      = 163
	signalBase      = 128
)

func crashed(code int) bool {
	return code == codeFatal || code == codeOutOfMemory || code > signalBase && code != codeFailed
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
	case !p.Asked() && j.startsAgain(code, p.Ran()):
		j.story("Flink ended with code %d after %s; it is started again", code, p.Ran().Round(time.Second))
		return &againError{}
	}
	return &endedError{code}
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

// startAgain becomes this program anew. It returns only if that fails.
func (d *driver) startAgain() error {
	self, err := os.Executable()
	if err != nil {
		return &execError{os.Args[0], err}
	}
	return d.exec(flink.Command{Path: self, Argv: os.Args, Env: os.Environ()})
}
