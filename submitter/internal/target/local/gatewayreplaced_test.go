//go:build linux

package local

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"flink-sql-driver/e2e/flinktest"
)

// variant is the target as another command sees it.
func variant(t *testing.T, on *Target, change func(*Config)) *Target {
	t.Helper()
	c := on.config
	c.Options = maps.Clone(c.Options)
	c.Environ = slices.Clone(c.Environ)
	change(&c)
	other, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	return other
}

func impatient(c *Config) { c.GatewayPatience = 2 * time.Second }

// only is the one gateway of a target.
func only(t *testing.T, on *Target) process {
	t.Helper()
	all := gateways(t, on)
	if len(all) != 1 {
		t.Fatalf("%d gateways", len(all))
	}
	return all[0]
}

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
		{"dead, and in use", func(t *testing.T, p process) *Target { kill(t, p); return on }},
		{"hangs", func(t *testing.T, p process) *Target {
			on.Close()
			if err := flinktest.Pause(p.PID); err != nil {
				t.Fatal(err)
			}
			return variant(t, on, impatient)
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := only(t, on)
			now := tc.harm(t, before)
			url, err := now.Gateway(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if only(t, on) == before {
				t.Error("it is the same")
			}
			if again, err := now.Gateway(ctx); err != nil || again != url {
				t.Errorf("%q, %v", again, err)
			}
		})
	}
}

// TestGatewayInUseStays: whatever another command would have it be.
func TestGatewayInUseStays(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(*Config)
		harm   func(t *testing.T, on *Target)
	}{
		{"other S3 credentials", func(c *Config) {
			c.Environ = append(c.Environ, "AWS_ACCESS_KEY_ID=other", "AWS_SECRET_ACCESS_KEY=s3cret")
		}, nil},
		{"another session", func(c *Config) { c.Environ = append(c.Environ, "AWS_SESSION_TOKEN=s3cret") }, nil},
		{"another profile", func(c *Config) { c.Environ = append(c.Environ, "AWS_PROFILE=other") }, nil},
		{"Azure's", func(c *Config) { c.Environ = append(c.Environ, "AZURE_STORAGE_KEY=s3cret") }, nil},
		{"Google's", func(c *Config) { c.Environ = append(c.Environ, "GOOGLE_APPLICATION_CREDENTIALS=/other") }, nil},
		{"other options", func(c *Config) { c.Options["s3.endpoint"] = "http://127.0.0.1:1" }, nil},
		{"hangs", impatient, func(t *testing.T, on *Target) {
			if err := flinktest.Pause(only(t, on).PID); err != nil {
				t.Fatal(err)
			}
		}},
		{"not written down", func(*Config) {}, func(t *testing.T, on *Target) {
			if err := os.Remove(filepath.Join(on.gatewayDir(), "gateway.json")); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			on := fakeGateway(t, "")
			url, err := on.Gateway(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			mine := only(t, on)
			if tc.harm != nil {
				tc.harm(t, on)
			}
			other := variant(t, on, tc.change)
			theirs, err := other.Gateway(t.Context())
			if err != nil || theirs == url {
				t.Errorf("%q beside %q, %v", theirs, url, err)
			}
			wantAlive(t, mine)
			if again, err := variant(t, other, func(*Config) {}).Gateway(t.Context()); err != nil || again != theirs {
				t.Errorf("%q, then %q, %v", theirs, again, err)
			}
			names, err := os.ReadDir(on.gatewaysDir())
			if err != nil || len(names) != 2 {
				t.Errorf("%v, %v", names, err)
			}
			for _, n := range names {
				if strings.Contains(n.Name(), "s3cret") {
					t.Errorf("a secret in a name: %s", n.Name())
				}
			}
			if err := on.Down(t.Context()); err != nil {
				t.Error(err)
			}
			all, err := on.gatewayDirs()
			if err != nil {
				t.Fatal(err)
			}
			for _, dir := range all {
				if members, err := family(dir); err != nil || len(members) > 0 {
					t.Errorf("after down: %+v, %v", members, err)
				}
			}
		})
	}
}

// TestGatewaysThatNobodyUses: credentials that change every hour leave no gateway each.
func TestGatewaysThatNobodyUses(t *testing.T) {
	t.Parallel()
	on := fakeGateway(t, "")
	with := func(token string) *Target {
		return variant(t, on, func(c *Config) { c.Environ = append(c.Environ, "AWS_SESSION_TOKEN="+token) })
	}
	start := func(token string, used bool, last time.Duration) (*Target, process) {
		t.Helper()
		one := with(token)
		if _, err := one.Gateway(t.Context()); err != nil {
			t.Fatal(err)
		}
		p := only(t, one)
		if !used {
			one.Close()
		}
		then := time.Now().Add(-last)
		if err := os.Chtimes(filepath.Join(one.gatewayDir(), useName), then, then); err != nil {
			t.Fatal(err)
		}
		return one, p
	}
	unused, _ := start("unused", false, 2*gatewayUnused)
	_, used := start("used", true, 0)
	if left := gateways(t, unused); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if _, err := os.Stat(unused.gatewayDir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its directory: %v", err)
	}
	_, long := start("used for long", true, 2*gatewayUnused)
	_, recent := start("recent", false, gatewayUnused/2)
	start("next", false, 0)
	for _, p := range []process{used, long, recent} {
		wantAlive(t, p)
	}
}
