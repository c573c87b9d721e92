//go:build linux

package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"flink-sql-driver/submitter/internal/flinkconf"
)

// fakeJava does what the option test.gateway says in shell, and answers as a
// gateway does otherwise.
const fakeJava = `#!/bin/sh
code=$(sed -n "s/^\"test.gateway\": \"\(.*\)\"$/\1/p" "$FLINK_CONF_DIR/config.yaml")
port=$(sed -n "s/^\"sql-gateway.endpoint.rest.port\": \"\(.*\)\"$/\1/p" "$FLINK_CONF_DIR/config.yaml")
eval "${code:-$SERVE}"
`

// fakeGateway is a target whose gateway does what a script says; $SERVE in it is
// the one that answers.
func fakeGateway(t *testing.T, script string, change ...func(*Config)) *Target {
	t.Helper()
	on := fake(t, append([]func(*Config){func(c *Config) {
		java := filepath.Join(c.JavaHome, "bin", "java")
		write(t, java, strings.ReplaceAll(fakeJava, "$SERVE", "exec '"+c.SubmitterPath+"' gateway"))
		if err := os.Chmod(java, 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(c.FlinkHome, "lib", "flink-dist.jar"), "")
		write(t, filepath.Join(c.FlinkHome, "opt", "flink-sql-gateway.jar"), "")
		c.Options = map[string]string{"test.gateway": strings.ReplaceAll(script, "$SERVE", "exec '"+c.SubmitterPath+"' gateway")}
		c.GatewayStart = deadline
	}}, change...)...)
	return on
}

func serveGateway(conf string) error {
	options, err := flinkconf.Read(filepath.Join(conf, "config.yaml"))
	if err != nil {
		return err
	}
	return http.ListenAndServe(net.JoinHostPort(loopback, options["sql-gateway.endpoint.rest.port"]), answersInfo())
}

func answersInfo() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"productName":"Apache Flink","version":"2.3.0"}`)
	})
}

// gateways are the living processes of a target's gateway.
func gateways(t *testing.T, on *Target) []process {
	t.Helper()
	members, err := family(on.gatewayDir())
	if err != nil {
		t.Fatal(err)
	}
	return processes(members)
}

func TestGatewayFromManySides(t *testing.T) {
	t.Parallel()
	on := fakeGateway(t, "sleep 0.3; $SERVE")
	var group sync.WaitGroup
	urls := make([]string, 4)
	for i := range urls {
		other, err := New(on.config) // as another process would
		if err != nil {
			t.Fatal(err)
		}
		group.Go(func() {
			if urls[i], err = other.Gateway(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	all := gateways(t, on)
	if len(all) != 1 || urls[0] == "" || urls[0] != urls[1] || urls[1] != urls[2] || urls[2] != urls[3] {
		t.Errorf("%d gateways: %q", len(all), urls)
	}
	if session, err := unix.Getsid(all[0].PID); err != nil || session != all[0].PID {
		t.Errorf("a terminal's Ctrl-C would reach it: session %d, %v", session, err)
	}
}

// Ctrl-C in the middle of a start: the gateway goes on starting, and the next
// command finds it.
func TestGatewayStartInterrupted(t *testing.T) {
	t.Parallel()
	gate := filepath.Join(t.TempDir(), "gate")
	on := fakeGateway(t, "while ! [ -e "+gate+" ]; do sleep 0.02; done; $SERVE")
	ctx, interrupt := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { _, err := on.Gateway(ctx); done <- err }()
	await(t, func() error {
		_, err := os.Stat(filepath.Join(on.gatewayDir(), "gateway.json"))
		return err
	})
	before := gateways(t, on)
	interrupt()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	write(t, gate, "")
	if _, err := on.Gateway(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := gateways(t, on); len(before) == 0 || len(after) != 1 || after[0] != before[0] && len(before) == 1 {
		t.Errorf("before %v, after %v", before, after)
	}
}

// A submitter may be killed between starting the gateway and writing it down, and
// its directory may be deleted.
func TestGatewayThatIsNotWrittenDown(t *testing.T) {
	t.Parallel()
	on := fakeGateway(t, "")
	start := func() process {
		t.Helper()
		on.Close() // the command before has ended
		if _, err := on.Gateway(t.Context()); err != nil {
			t.Fatal(err)
		}
		all := gateways(t, on)
		if len(all) != 1 {
			t.Fatalf("%d gateways", len(all))
		}
		return all[0]
	}
	first := start()
	for _, lose := range []string{filepath.Join(on.gatewayDir(), "gateway.json"), on.gatewayDir()} {
		if err := os.RemoveAll(lose); err != nil {
			t.Fatal(err)
		}
		next := start()
		if next == first {
			t.Error("an unknown gateway was taken for ours")
		}
		first = next
	}
	if err := os.RemoveAll(on.gatewayDir()); err != nil {
		t.Fatal(err)
	}
	if err := on.Down(t.Context()); err != nil {
		t.Error(err)
	}
	if left := gateways(t, on); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestGatewayThatDoesNotStart(t *testing.T) {
	t.Parallel()
	trace := filepath.Join(t.TempDir(), "trace")
	write(t, trace, "2026-11-21 12:00:00,001 ERROR x - Failed\norg.apache.flink.X: no\n\tat a.B\nCaused by: java.nio.file.AccessDeniedException: the very cause\n\tat a.B\n")
	for _, tc := range []struct{ name, script, want string }{
		{"dies", "echo Unrecognized option; echo Error: could not create the Java Virtual Machine.; exit 1", "has ended: Error: could not create the Java Virtual Machine."},
		{"dies with a trace", "cat " + trace + " >>$FLINK_SQL_LOG; exit 1", "has ended: the very cause"},
		{"dies without a word", "exit 1", "has ended: it left no word"},
		{"is killed", "kill -9 $$", "has ended: it left no word"},
		{"never answers", "echo still thinking; exec sleep 1000", "no answer for 300ms"},
		{"leaves a child", "echo going; sleep 1000 & exit 1", "has ended: going"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			on := fakeGateway(t, tc.script, func(c *Config) {
				if tc.name == "never answers" {
					c.GatewayStart = 300 * time.Millisecond
				}
			})
			_, err := on.Gateway(t.Context())
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), filepath.Join(on.gatewayDir(), "log")) {
				t.Errorf("%v, want %q and where the log is", err, tc.want)
			}
			if left := gateways(t, on); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

// Somebody may take a port between the look that finds it free and the gateway.
func TestGatewayPortIsTaken(t *testing.T) {
	t.Parallel()
	seen := filepath.Join(t.TempDir(), "ports")
	taken := "echo $port >>" + seen + "; echo java.net.BindException: Could not start rest endpoint on any port in port range $port; exit 1"
	on := fakeGateway(t, "if ! [ -e "+seen+" ]; then "+taken+"; fi; $SERVE")
	if _, err := on.Gateway(t.Context()); err != nil {
		t.Error(err)
	}
	always := fakeGateway(t, taken)
	if _, err := always.Gateway(t.Context()); err == nil || !strings.Contains(err.Error(), "Could not start rest endpoint") {
		t.Errorf("%v", err)
	}
	ports, _ := os.ReadFile(seen)
	if n := len(strings.Fields(string(ports))); n != 1+gatewayAttempts {
		t.Errorf("%d starts failed, want %d: %s", n, 1+gatewayAttempts, ports)
	}
}

// Whoever answers at a gateway's port without being the gateway is none.
func TestGatewayAnswersItself(t *testing.T) {
	t.Parallel()
	on := fakeGateway(t, "exec sleep 1000", func(c *Config) { c.GatewayPatience = 2 * time.Second })
	web, err := net.Listen("tcp", net.JoinHostPort(loopback, "0"))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: answersInfo()}
	go server.Serve(web)
	defer server.Close()
	port := web.Addr().(*net.TCPAddr).Port
	p := stranger(t)
	if _, err := on.awaitGateway(t.Context(), port, p, on.config.GatewayPatience); err == nil || !strings.Contains(err.Error(), "port "+strconv.Itoa(port)+" belongs to another process") {
		t.Errorf("%v", err)
	}
	me, err := self()
	if err != nil {
		t.Fatal(err)
	}
	if v, err := on.awaitGateway(t.Context(), port, me, deadline); err != nil || v != "2.3.0" {
		t.Errorf("%q, %v", v, err)
	}
}

func TestGatewayRecordIsUnreadable(t *testing.T) {
	t.Parallel()
	on := fakeGateway(t, "")
	for _, text := range []string{"", "{", `{"version":99}`, "\x00\xff", strings.Repeat("[", maxRecord+1)} {
		on.Close() // the command before has ended
		write(t, filepath.Join(on.gatewayDir(), "gateway.json"), text)
		if _, err := on.Gateway(t.Context()); err != nil {
			t.Errorf("%.20q: %v", text, err)
		}
		var r gatewayRecord
		data, err := os.ReadFile(filepath.Join(on.gatewayDir(), "gateway.json"))
		if err == nil {
			err = json.Unmarshal(data, &r)
		}
		if all := gateways(t, on); err != nil || len(all) != 1 || all[0] != r.Process {
			t.Errorf("%.20q: %v, %+v beside %v", text, err, r, all)
		}
	}
}
