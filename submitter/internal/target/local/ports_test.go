//go:build linux

package local

import (
	"errors"
	"fmt"
	"net"
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
		launch(t, on, l)
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
