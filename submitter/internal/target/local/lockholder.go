//go:build linux

package local

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	identity "flink-sql-driver/plan/process"
)

// wait says how long a lock is waited for.
type wait struct {
	what   string        // for people: "the lock of launch orders-1"
	busy   time.Duration // for a holder that works
	paused time.Duration // for one that is stopped, and may stay so for ever
	notice time.Duration // after which tell hears who is waited for
	tell   func(string)  // may be nil
}

// How long locks may rightly be held. A launch is started, or its processes are
// ended and killed; archives are made by a JVM that a busy machine slows down.
const (
	launchBusy  = startTimeout + supervisorGrace + 2*(jobManagerGrace+killTimeout)
	archiveBusy = 10 * time.Minute

	// pausedPatience is for a process that somebody stopped and lets go on at once, and
	// is no longer than it takes to see that nobody does.
	pausedPatience = 8 * time.Second
	lockNotice     = 3 * time.Second
)

// gatewayBusy is how long a gateway may be looked at, ended and started.
func (t *Target) gatewayBusy() time.Duration {
	return t.config.GatewayPatience + gatewayGrace + killTimeout + gatewayAttempts*(t.config.GatewayStart+killTimeout)
}

func (t *Target) waitFor(what string, busy time.Duration) wait {
	return wait{what: what, busy: busy, paused: pausedPatience, notice: lockNotice, tell: t.config.Tell}
}

// heldError says who has a lock, and what to do about that.
type heldError struct {
	what, path string
	holder     holder
	paused     bool
	waited     time.Duration
}

func (e *heldError) Error() string {
	switch pid := e.holder.PID; {
	case pid == 0:
		return fmt.Sprintf("%s (%s) is held by another process, for %s now; end it if it does nothing", e.what, e.path, e.waited.Round(time.Second))
	case !e.holder.here:
		return fmt.Sprintf("%s (%s) is held by process %d of another host or container, for %s now; see there what it does", e.what, e.path, pid, e.waited.Round(time.Second))
	case e.paused:
		return fmt.Sprintf("%s is held by process %d%s, which is stopped (state T): `kill -CONT %d` lets it go on, or end it with `kill -9 %d`", e.what, pid, e.holder.command(), pid, pid)
	default:
		return fmt.Sprintf("%s is held by process %d%s, for %s now; it lets go when it is done, or when it is ended", e.what, pid, e.holder.command(), e.waited.Round(time.Second))
	}
}

func (e *heldError) Unwrap() error { return errHeld }

// holder is the process that wrote itself into a lock's file.
type holder struct {
	process
	here bool // its number counts here
}

// signHolder writes down who holds a lock. It holds it all the same if the disk is
// full; then the file is empty, and not of the holder before.
func signHolder(f *os.File) {
	if err := f.Truncate(0); err != nil {
		return
	}
	if me, err := identity.Self(); err == nil {
		_, _ = f.WriteAt([]byte(me.String()), 0)
	}
}

// maxHolder is more than a process's name takes, in bytes.
const maxHolder = 256

// holderOf reads who holds a lock; the zero holder: not known. It may be the one
// before, for a moment.
func holderOf(path string) holder {
	f, err := os.Open(path)
	if err != nil {
		return holder{}
	}
	defer f.Close()
	text, _ := io.ReadAll(io.LimitReader(f, maxHolder))
	who, ok := identity.Parse(string(text))
	if !ok {
		return holder{}
	}
	place, err := identity.Here()
	h := holder{process: process(who.Number), here: err == nil && place == who.Place}
	if alive, err := h.alive(); h.here && err == nil && !alive {
		return holder{}
	}
	return h
}

func (h holder) paused() bool { return h.here && h.process.paused() }

// command is what a holder runs: its program and verb, which hold no secret.
func (h holder) command() string {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(h.PID), "cmdline"))
	if err != nil {
		return ""
	}
	args := strings.Split(string(data), "\x00")
	words := []string{filepath.Base(args[0])}
	for _, a := range args[1:] {
		if a == "" || strings.HasPrefix(a, "-") || strings.ContainsAny(a, "/=") || len(words) == 3 {
			break
		}
		words = append(words, a)
	}
	return " (" + strings.Join(words, " ") + ")"
}

// paused reports whether a process is stopped.
func (p process) paused() bool { return identity.Number(p).Stopped() }
