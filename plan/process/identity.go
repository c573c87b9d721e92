package process

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// Place is where process numbers count: one boot of one machine, one pid
// namespace.
type Place struct {
	Boot      string `json:"boot"`                // /proc/sys/kernel/random/boot_id
	Namespace string `json:"namespace,omitempty"` // the link /proc/self/ns/pid: pid:[4026531836]
}

// Number names one process within its place, and no other.
type Number struct {
	PID   int    `json:"pid"`
	Start uint64 `json:"start"` // clock ticks since boot
}

func (n Number) String() string { return "process " + strconv.Itoa(n.PID) }

// Alive reports whether a process of this place still runs. One that ended and was
// not waited for yet is not alive. An error means that it cannot be told.
func (n Number) Alive() (bool, error) {
	if n.PID <= 0 {
		return false, nil
	}
	now, ended, err := LookUp(n.PID)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return now == n && !ended, nil
}

// Identity names one process for ever.
type Identity struct {
	Number
	Place
}

// Self is this process.
func Self() (Identity, error) { return Of(os.Getpid()) }

// Of is the living process that has a number now.
func Of(pid int) (Identity, error) {
	place, err := Here()
	if err != nil {
		return Identity{}, err
	}
	n, ended, err := LookUp(pid)
	if err == nil && ended {
		err = fs.ErrNotExist
	}
	if err != nil {
		return Identity{}, fmt.Errorf("process %d: %w", pid, err)
	}
	return Identity{Number: n, Place: place}, nil
}

// Gone reports whether it is proved that the process has ended; if not, why.
func (i Identity) Gone() (gone bool, why string) {
	if i.PID <= 0 || i.Boot == "" {
		return false, "which process it is is not known"
	}
	here, err := Here()
	switch {
	case err != nil:
		return false, err.Error()
	case here != i.Place:
		return false, "it belongs to another host, or to the time before this one was started; whether it runs is unknown"
	}
	alive, err := i.Alive()
	switch {
	case err != nil:
		return false, err.Error()
	case alive:
		return false, "that process is running"
	}
	return true, ""
}

// The text form: process:<pid>.<start>@<boot>+<number of the namespace>.
const (
	textPrefix      = "process:"
	namespacePrefix = "pid:["
	namespaceSuffix = "]"
)

// String is the text form, as claims have it.
func (i Identity) String() string {
	namespace := strings.TrimSuffix(strings.TrimPrefix(i.Namespace, namespacePrefix), namespaceSuffix)
	return fmt.Sprintf("%s%d.%d@%s+%s", textPrefix, i.PID, i.Start, i.Boot, namespace)
}

// Parse reads the text form.
func Parse(text string) (Identity, bool) {
	rest, ok := strings.CutPrefix(text, textPrefix)
	number, place, found := strings.Cut(rest, "@")
	pidText, startText, dotted := strings.Cut(number, ".")
	boot, namespace, _ := strings.Cut(place, "+")
	pid, pidErr := strconv.Atoi(pidText)
	start, startErr := strconv.ParseUint(startText, 10, 64)
	if !ok || !found || !dotted || pidErr != nil || startErr != nil || pid <= 0 {
		return Identity{}, false
	}
	i := Identity{Number: Number{PID: pid, Start: start}, Place: Place{Boot: boot}}
	if namespace != "" {
		i.Namespace = namespacePrefix + namespace + namespaceSuffix
	}
	return i, true
}
