package compile

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"flink-sql-driver/submitter/internal/gateway"
	"flink-sql-driver/submitter/internal/sqltext"
)

// maxPlan bounds one plan; the largest seen is a quarter of a megabyte.
const maxPlan = 64 << 20

// handover is a way for plans to come back.
type handover interface {
	kind() Handover
	uri(name string) string // where the gateway is to write
	// late says that fetching is dear and better done once for many plans.
	late() bool
	// fetch reads plans, and deletes them where it can. A plan that is not there is
	// an error.
	fetch(ctx context.Context, names []string) (map[string][]byte, error)
	close()
}

// openHandover opens the way that was chosen, choosing it first if need be.
func (c *Compiler) openHandover(ctx context.Context) (handover, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.chosen != Auto {
		return c.open(ctx, c.chosen)
	}
	for _, kind := range []Handover{File, Store} {
		if kind == File && !OnThisMachine(c.gateway.URL()) || kind == Store && c.opts.Bucket == nil {
			continue
		}
		h, err := c.open(ctx, kind)
		if err != nil {
			return nil, err
		}
		works, err := c.probe(ctx, h)
		if err == nil && works {
			c.chosen = kind
			return h, nil
		}
		h.close()
		if err != nil {
			return nil, err
		}
	}
	c.chosen = Query
	return c.open(ctx, Query)
}

func (c *Compiler) open(ctx context.Context, kind Handover) (handover, error) {
	switch kind {
	case File:
		dir, err := os.MkdirTemp("", "flink-plans-") // 0700
		if err != nil {
			return nil, fmt.Errorf("directory for compiled plans: %w", err)
		}
		return fileHandover(dir), nil
	case Store:
		if c.opts.Bucket == nil {
			return nil, fmt.Errorf("hand-over %q of compiled plans needs a store", Store)
		}
		return storeHandover{c.opts.Bucket}, nil
	case Query:
		return openQuery(ctx, c.gateway)
	}
	return nil, fmt.Errorf("unknown hand-over %q of compiled plans: it is %s, %s or %s", kind, File, Store, Query)
}

// probe compiles a plan of no use and looks whether it comes back. An error means
// that the gateway itself is out of order.
func (c *Compiler) probe(ctx context.Context, h handover) (works bool, err error) {
	session, err := c.gateway.Open(ctx, "hand-over", nil)
	if err != nil {
		return false, err
	}
	defer session.Close()
	name := rand.Text() + ".json"
	for _, ddl := range []string{
		"CREATE TABLE `from` (a INT) WITH ('connector' = 'datagen')",
		"CREATE TABLE `to` (a INT) WITH ('connector' = 'blackhole')",
	} {
		if err := session.Configure(ctx, ddl); err != nil {
			return false, refusal(err)
		}
	}
	compile := "COMPILE PLAN " + sqltext.Literal(h.uri(name)) + " FOR INSERT INTO `to` SELECT a FROM `from`"
	if _, err := session.Execute(ctx, compile, nil); err != nil {
		return false, refusal(err)
	}
	plans, err := h.fetch(ctx, []string{name})
	if err != nil && ctx.Err() != nil {
		return false, ctx.Err()
	}
	return err == nil && len(plans[name]) > 0, nil
}

// refusal is nil if the gateway answered and only refused: another way may work.
func refusal(err error) error {
	if gateway.Is(err, gateway.SQL) {
		return nil
	}
	return err
}

// OnThisMachine reports whether the gateway is reached on this machine. It may still
// be a container, or the end of a tunnel; probing tells.
func OnThisMachine(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	host := u.Hostname()
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// fileHandover is a private directory that the gateway sees too.
type fileHandover string

func (fileHandover) kind() Handover           { return File }
func (fileHandover) late() bool               { return false }
func (h fileHandover) uri(name string) string { return "file://" + filepath.Join(string(h), name) }
func (h fileHandover) close()                 { _ = os.RemoveAll(string(h)) } // it is in the temporary directory

func (h fileHandover) fetch(_ context.Context, names []string) (map[string][]byte, error) {
	plans := map[string][]byte{}
	for _, name := range names {
		path := filepath.Join(string(h), name)
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("the gateway does not write to this machine's disk: %w", err)
		}
		if info.Size() > maxPlan {
			return nil, fmt.Errorf("the plan has %d bytes, more than the limit of %d", info.Size(), maxPlan)
		}
		if plans[name], err = os.ReadFile(path); err != nil {
			return nil, err
		}
		_ = os.Remove(path) // close removes what is left
	}
	return plans, nil
}

// stagingPrefix is where gateways write in the bucket; gc empties it.
const stagingPrefix = "staging/"

type storeHandover struct{ bucket Bucket }

func (storeHandover) kind() Handover           { return Store }
func (storeHandover) late() bool               { return false }
func (h storeHandover) uri(name string) string { return h.bucket.URI(stagingPrefix + name) }
func (storeHandover) close()                   {}

func (h storeHandover) fetch(ctx context.Context, names []string) (map[string][]byte, error) {
	plans := map[string][]byte{}
	for _, name := range names {
		data, err := h.bucket.Read(ctx, stagingPrefix+name, maxPlan)
		if err != nil {
			return nil, err
		}
		plans[name] = data
		_ = h.bucket.Delete(ctx, stagingPrefix+name) // what is left goes with gc
	}
	return plans, nil
}
