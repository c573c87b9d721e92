//go:build linux

package local

import (
	"maps"
	"testing"
	"time"

	"flink-sql-driver/e2e/flinktest"
)

func TestGatewayIsReplaced(t *testing.T) {
	t.Parallel()
	on := fakeGateway(t, "")
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
			if err := flinktest.Pause(p.PID); err != nil {
				t.Fatal(err)
			}
			c := on.config
			c.GatewayPatience = 2 * time.Second
			impatient, err := New(c)
			if err != nil {
				t.Fatal(err)
			}
			return impatient
		}},
		{"other credentials", func(t *testing.T, _ process) *Target {
			c := on.config
			c.Environ = append(c.Environ, "AWS_ACCESS_KEY_ID=rotated")
			c.Options = maps.Clone(c.Options)
			c.Options["s3.endpoint"] = "http://127.0.0.1:1"
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
