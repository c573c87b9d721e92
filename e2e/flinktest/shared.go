package flinktest

import (
	"sync"
	"testing"
)

// Shared is one gateway for all tests of a binary, started by the first test that
// asks for it:
//
//	var gateway flinktest.Shared
//
//	func TestMain(m *testing.M) { os.Exit(gateway.Run(m)) }
//
//	func TestX(t *testing.T) { url := gateway.Get(t).URL … }
type Shared struct {
	Options GatewayOptions

	mu      sync.Mutex
	gateway *GatewayProcess
	err     error
}

// Get returns the gateway, starting it if need be.
func (s *Shared) Get(t testing.TB) *GatewayProcess {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gateway == nil && s.err == nil {
		s.gateway, s.err = StartGateway(s.Options)
	}
	if s.err != nil {
		t.Fatal(s.err)
	}
	return s.gateway
}

// Run runs the tests and then ends the gateway, if there is one.
func (s *Shared) Run(m *testing.M) int {
	defer s.stop()
	return m.Run()
}

func (s *Shared) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gateway != nil {
		s.gateway.Stop()
	}
}
