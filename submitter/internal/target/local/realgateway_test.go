//go:build linux

package local

import (
	"sync"
	"testing"
	"time"
)

// sharedGateway starts one gateway from two sides and looks after it.
func sharedGateway(t *testing.T, on *Target) string {
	t.Helper()
	ctx := t.Context()
	begin := time.Now()
	urls := make([]string, 3)
	var group sync.WaitGroup
	for i := range urls {
		other, err := New(on.config)
		if err != nil {
			t.Fatal(err)
		}
		group.Go(func() {
			if urls[i], err = other.Gateway(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if urls[0] == "" || urls[0] != urls[1] || urls[1] != urls[2] {
		t.Fatalf("gateways %q", urls)
	}
	members, err := family(on.gatewayDir())
	if err != nil || len(members) != 1 {
		t.Fatalf("%+v, %v", members, err)
	}
	t.Logf("gateway: %s to start, %d MiB", time.Since(begin).Round(10*time.Millisecond), residentSize(members[0].PID)>>20)
	listeningGateway := members[0].process
	t.Cleanup(func() {
		members, _ := family(on.gatewayDir())
		if len(members) == 1 && members[0].process == listeningGateway {
			t.Logf("gateway at the end: %d MiB", residentSize(members[0].PID)>>20)
		}
	})
	begin = time.Now()
	if again, err := on.Gateway(ctx); err != nil || again != urls[0] {
		t.Errorf("%q, %v", again, err)
	}
	t.Logf("gateway found again in %s", time.Since(begin).Round(time.Millisecond))
	return urls[0]
}
