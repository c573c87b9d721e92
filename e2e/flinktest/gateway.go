package flinktest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

const (
	gatewayHeap  = "512m"
	startTimeout = 3 * time.Minute // a cold machine, shared by several test binaries
)

// GatewayOptions say how a gateway differs from the plain one. The zero value is
// good.
type GatewayOptions struct {
	Home    string            // distribution; empty: $FLINK_HOME
	Dir     string            // where its files go; empty: a new temporary directory, removed by Stop
	Conf    map[string]string // Flink options laid over the distribution's
	Plugins []string          // plugin directories to add; see S3Plugin
	Env     []string          // KEY=value
}

// GatewayProcess is a running SQL Gateway.
type GatewayProcess struct {
	*Process
	URL string // http://127.0.0.1:port
	Dir string

	flink   *flink
	ownsDir bool
}

// Gateway starts a SQL Gateway that ends with the test. A gateway takes four
// seconds to start: share one among the tests of a binary, see Shared.
func Gateway(t testing.TB, opts GatewayOptions) *GatewayProcess {
	t.Helper()
	if opts.Home == "" {
		opts.Home = Home(t)
	}
	g, err := StartGateway(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Stop)
	return g
}

// StartGateway starts a SQL Gateway and returns when it answers.
func StartGateway(opts GatewayOptions) (*GatewayProcess, error) {
	home := opts.Home
	if home == "" {
		var err error
		if home, err = FindHome(); err != nil {
			return nil, err
		}
	}
	g := &GatewayProcess{Dir: opts.Dir, ownsDir: opts.Dir == ""}
	if g.ownsDir {
		dir, err := os.MkdirTemp("", "flink-gateway-")
		if err != nil {
			return nil, err
		}
		g.Dir = dir
	}
	port, err := FreePort()
	if err != nil {
		return nil, err
	}
	g.URL = "http://127.0.0.1:" + strconv.Itoa(port)
	conf := map[string]string{
		"sql-gateway.endpoint.rest.address":      "127.0.0.1",
		"sql-gateway.endpoint.rest.bind-address": "127.0.0.1",
		"sql-gateway.endpoint.rest.port":         strconv.Itoa(port),
		// Without it rest.bind-port, where a configuration has one, wins over the port.
		"sql-gateway.endpoint.rest.bind-port": strconv.Itoa(port),
		"table.resources.download-dir":        filepath.Join(g.Dir, "tmp"),
	}
	for k, v := range opts.Conf {
		conf[k] = v
	}
	env := append([]string{"JVM_ARGS=-Xmx" + gatewayHeap + " " + quickJVM}, opts.Env...)
	if g.flink, err = newFlink(home, g.Dir, conf, opts.Plugins, env); err != nil {
		return nil, err
	}
	if err := g.start(); err != nil {
		g.Stop()
		return nil, err
	}
	return g, nil
}

func (g *GatewayProcess) start() error {
	cmd := g.flink.command("sql-gateway.sh", "start-foreground")
	p, err := startProcess(cmd, filepath.Join(g.Dir, "gateway.out"))
	if err != nil {
		return err
	}
	g.Process = p
	return p.await("SQL Gateway at "+g.URL, startTimeout, func() error { return get(g.URL + "/info") })
}

// Restart ends the gateway, if it still runs, and starts it again at its address.
// Its sessions are gone.
func (g *GatewayProcess) Restart() error {
	g.Process.Kill()
	return g.start()
}

// Stop ends the gateway and removes its directory.
func (g *GatewayProcess) Stop() {
	if g.Process != nil {
		g.Process.Stop()
	}
	if g.ownsDir {
		_ = os.RemoveAll(g.Dir) // a test's leftovers; nothing depends on it
	}
}

// get reports whether a GET of url is answered with 200.
func get(url string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
		return fmt.Errorf("GET %s: %s: %s", url, resp.Status, body)
	}
	return nil
}
