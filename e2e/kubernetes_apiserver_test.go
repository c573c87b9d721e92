//go:build kubernetes

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"flink-sql-driver/e2e/flinktest"
)

// TestKubernetesAPIServerAway: the API server gives no answer for a while, just when the
// successor of a running job is to be started. It is waited for: nothing was refused.
func TestKubernetesAPIServerAway(t *testing.T) {
	k := newKube(t)
	f := k.counting(2, "")
	k.awaitCheckpoints("count", 1)
	between := k.throughTunnel()
	k.writeTolerantCount("task.cancellation.interval: 30001")
	ctx, cancel := context.WithTimeout(t.Context(), commandTimeout)
	defer cancel()
	apply := k.command(ctx, faultAt("decided", syscall.SIGSTOP), "apply", "count.yaml")
	var said bytes.Buffer
	apply.Stdout, apply.Stderr = &said, &said
	must(t, apply.Start())
	k.eventually("it is at decided", func() bool { return flinktest.Paused(apply.Process.Pid) })
	between.cut()
	must(t, apply.Process.Signal(syscall.SIGCONT))
	const away = 40 * time.Second // four times what a refusal is given
	time.AfterFunc(away, between.mend)
	if err := apply.Wait(); err != nil || !strings.Contains(said.String(), "its target gives no answer") {
		t.Errorf("%v\n%s", err, said.String())
	}
	k.only(2)
	f.piece(1)
	k.checkCounts(f)
}

// tunnel forwards connections to one address, unless it is cut.
type tunnel struct {
	to    string
	off   atomic.Bool
	mu    sync.Mutex
	conns map[net.Conn]bool
}

// throughTunnel has the submitter reach the API server through a tunnel.
func (k *kube) throughTunnel() *tunnel {
	k.t.Helper()
	var file string
	for _, e := range k.env { // the last one counts
		if path, ok := strings.CutPrefix(e, "KUBECONFIG="); ok {
			file = path
		}
	}
	data, err := os.ReadFile(file)
	must(k.t, err)
	var config map[string]any
	must(k.t, json.Unmarshal(data, &config))
	cluster := config["clusters"].([]any)[0].(map[string]any)["cluster"].(map[string]any)
	server, err := url.Parse(cluster["server"].(string))
	must(k.t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(k.t, err)
	n := &tunnel{to: server.Host, conns: map[net.Conn]bool{}}
	k.t.Cleanup(func() { l.Close(); n.cut() })
	go n.serve(l)
	cluster["server"], cluster["tls-server-name"] = "https://"+l.Addr().String(), server.Hostname()
	data, err = json.Marshal(config)
	must(k.t, err)
	through := filepath.Join(k.t.TempDir(), "kubeconfig")
	must(k.t, os.WriteFile(through, data, 0o600))
	k.env = append(k.env, "KUBECONFIG="+through)
	return n
}

func (n *tunnel) serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go n.forward(c)
	}
}

func (n *tunnel) forward(c net.Conn) {
	defer c.Close()
	if n.off.Load() {
		return
	}
	s, err := net.Dial("tcp", n.to)
	if err != nil {
		return
	}
	defer s.Close()
	n.mu.Lock()
	n.conns[c] = true
	n.mu.Unlock()
	go func() {
		_, _ = io.Copy(s, c)
		s.Close()
	}()
	_, _ = io.Copy(c, s)
	n.mu.Lock()
	delete(n.conns, c)
	n.mu.Unlock()
}

// cut ends all connections, and those to come.
func (n *tunnel) cut() {
	n.off.Store(true)
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := range n.conns {
		c.Close()
	}
}

func (n *tunnel) mend() { n.off.Store(false) }
