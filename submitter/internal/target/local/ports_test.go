//go:build linux

package local

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
)

func TestPortsDiffer(t *testing.T) {
	t.Parallel()
	on := fake(t)
	seen := map[int]bool{}
	low, high := portRange()
	for n := range 5 {
		l := asked("", "")
		l.ClusterID = fmt.Sprintf("orders-%d", n)
		start(t, on, l)
		s := awaitStatus(t, on, l.Ref, func(s status) bool { return s.JobManager != nil })
		for _, p := range []int{s.Ports.REST, s.Ports.RPC} {
			if seen[p] || p < low || p > high {
				t.Errorf("port %d, seen %v", p, seen)
			}
			seen[p] = true
		}
	}
	runtime, _, _ := runtimeDir(on.env)
	chosen, files, err := reserve(runtime, 3)
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll(files)
	for _, p := range chosen {
		if seen[p] {
			t.Errorf("port %d was given out twice", p)
		}
		taken, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", p))
		if err != nil {
			t.Fatal(err)
		}
		if bindable(p) {
			t.Errorf("port %d is taken and counts as free", p)
		}
		taken.Close()
	}
}

// TestReservationsAreSwept: files that nobody holds go, the others stay, and nobody
// gets a port that another has while they are being swept.
func TestReservationsAreSwept(t *testing.T) {
	runtime := t.TempDir()
	left := func() int {
		entries, _ := os.ReadDir(filepath.Join(runtime, portsDir))
		return len(entries)
	}
	for n := range 3 * sweepSome {
		write(t, filepath.Join(runtime, portsDir, strconv.Itoa(1000+n)), "")
	}
	chosen, files, err := reserve(runtime, 2)
	if err != nil {
		t.Fatal(err)
	}
	if got := left(); got != 2*sweepSome+2 {
		t.Errorf("%d files after a launch", got)
	}
	sweepPorts(runtime, 0)
	if got := left(); got != 2 {
		t.Errorf("%d files while two are held", got)
	}
	closeAll(files)
	sweepPorts(runtime, 0)
	if got := left(); got != 0 {
		t.Errorf("%d files though nobody holds ports %v", got, chosen)
	}

	var mu sync.Mutex
	taken := map[int]bool{}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				chosen, files, err := reserve(runtime, 2)
				mu.Lock()
				for _, p := range chosen {
					if taken[p] {
						t.Errorf("port %d was given out twice", p)
					}
					taken[p] = true
				}
				mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				sweepPorts(runtime, 0)
				mu.Lock()
				for _, p := range chosen {
					delete(taken, p)
				}
				mu.Unlock()
				closeAll(files)
			}
		})
	}
	all.Wait()
}

func TestPortRange(t *testing.T) {
	for _, tc := range []struct {
		kernel    string
		err       error
		low, high int
	}{
		{"32768\t60999\n", nil, 20000, 32767},
		{"1024 65535", nil, 20000, 65535},
		{"1024 60000", nil, 60001, 65535},
		{"10000 65535", nil, 1024, 9999},
		{"nonsense", nil, 20000, 32767},
		{"", errors.New("no such file"), 20000, 32767},
	} {
		if low, high := portRangeBelow(tc.kernel, tc.err); low != tc.low || high != tc.high {
			t.Errorf("%q: %d to %d, want %d to %d", tc.kernel, low, high, tc.low, tc.high)
		}
	}
}
