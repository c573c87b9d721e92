//go:build linux

package local

import (
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
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

func TestRealGatewayIsReplaced(t *testing.T) {
	on := realTarget(t)
	ctx := t.Context()
	if _, err := on.Gateway(ctx); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		harm func(t *testing.T, p process) *Target
	}{
		{"dead", func(t *testing.T, p process) *Target { kill(t, p); return on }},
		{"hangs", func(t *testing.T, p process) *Target {
			if err := p.signal(unix.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			c := on.config
			c.GatewayPatience = time.Second
			impatient, err := New(c)
			if err != nil {
				t.Fatal(err)
			}
			return impatient
		}},
		{"other credentials", func(t *testing.T, _ process) *Target {
			c := on.config
			c.Environ = append(c.Environ, "AWS_ACCESS_KEY_ID=rotated")
			c.Options = map[string]string{"s3.endpoint": "http://127.0.0.1:1"}
			rotated, err := New(c)
			if err != nil {
				t.Fatal(err)
			}
			return rotated
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before, err := family(on.gatewayDir())
			if err != nil || len(before) != 1 {
				t.Fatalf("%+v, %v", before, err)
			}
			now := tc.harm(t, before[0].process)
			url, err := now.Gateway(ctx)
			if err != nil {
				t.Fatal(err)
			}
			after, err := family(on.gatewayDir())
			if err != nil || len(after) != 1 || after[0].process == before[0].process {
				t.Errorf("before %+v, after %+v, %v", before, after, err)
			}
			if again, err := now.Gateway(ctx); err != nil || again != url {
				t.Errorf("%q, %v", again, err)
			}
		})
	}
}
