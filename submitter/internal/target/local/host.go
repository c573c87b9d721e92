//go:build linux

package local

import (
	"fmt"
	"os"
	"strings"

	identity "flink-sql-driver/plan/process"
)

// host says where and since when recorded processes run.
type host struct {
	Name    string `json:"name"`
	Machine string `json:"machine,omitempty"` // /etc/machine-id
	identity.Place
}

func thisHost() (host, error) {
	here, err := identity.Here()
	if err != nil {
		return host{}, err
	}
	name, err := os.Hostname()
	if err != nil {
		return host{}, fmt.Errorf("this machine's name: %w", err)
	}
	machine, _ := os.ReadFile("/etc/machine-id")
	return host{Name: name, Machine: strings.TrimSpace(string(machine)), Place: here}, nil
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
	case recorded.Place == now.Place:
		return here
	case recorded.Boot == now.Boot:
		return neighbour
	case recorded.Name == now.Name && recorded.Machine == now.Machine:
		return rebooted
	default:
		return elsewhere
	}
}
