//go:build linux

package local

import (
	"fmt"
	"os"
	"strings"
)

// host says where and since when recorded processes run.
type host struct {
	Name      string `json:"name"`
	Machine   string `json:"machine,omitempty"` // /etc/machine-id
	Boot      string `json:"boot"`
	Namespace string `json:"namespace,omitempty"` // of process numbers
}

func thisHost() (host, error) {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return host{}, fmt.Errorf("this machine's boot id: %w", err)
	}
	name, err := os.Hostname()
	if err != nil {
		return host{}, fmt.Errorf("this machine's name: %w", err)
	}
	machine, _ := os.ReadFile("/etc/machine-id")
	namespace, _ := os.Readlink("/proc/self/ns/pid")
	return host{
		Name:      name,
		Machine:   strings.TrimSpace(string(machine)),
		Boot:      strings.TrimSpace(string(boot)),
		Namespace: namespace,
	}, nil
}

// place is what can be told of recorded processes from here.
type place int

const (
	here      place = iota // numbers and locks mean what they say
	neighbour              // same kernel, another container: only locks mean something
	rebooted               // the machine was started again: the processes are gone
	elsewhere              // another machine: nothing can be told
)

// seenFrom compares where processes were recorded with where we are.
func (recorded host) seenFrom(now host) place {
	switch {
	case recorded.Boot == now.Boot && recorded.Namespace == now.Namespace:
		return here
	case recorded.Boot == now.Boot:
		return neighbour
	case recorded.Name == now.Name && recorded.Machine == now.Machine:
		return rebooted
	default:
		return elsewhere
	}
}
