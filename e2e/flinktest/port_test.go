package flinktest

import (
	"net"
	"testing"
)

func TestReservePort(t *testing.T) {
	dir := t.TempDir()
	port, err := FreePort()
	if err != nil {
		t.Fatal(err)
	}
	if free, err := reservePort(dir, port); !free || err != nil {
		t.Fatalf("nobody has %d: free %v, %v", port, free, err)
	}
	if free, err := reservePort(dir, port); free || err != nil {
		t.Errorf("%d is reserved: free %v, %v", port, free, err)
	}
	l, err := net.Listen("tcp", loopbackPort(port))
	if err != nil {
		t.Fatalf("a reserved port cannot be used: %v", err)
	}
	defer l.Close()
	if free, err := reservePort(t.TempDir(), port); free || err != nil {
		t.Errorf("somebody listens on %d: free %v, %v", port, free, err)
	}
}
