package kubernetes

import (
	"context"
	"sync"
	"time"
)

// Where so many launches are looked at within so short a time, all of them are looked at
// together: what that costs does not grow with their number.
const (
	crowdSize    = 4
	crowdAge     = 3 * time.Second
	roundTimeout = time.Minute
	// roundEvery is the time from one such look to the next: a fast API server is not to be
	// asked more than a slow one.
	roundEvery = 500 * time.Millisecond
)

// crowd has many who look at launches at the same time share their looks. One who asks
// gets a look that began after he asked, so it proves as much as one of his own.
type crowd struct {
	survey func(context.Context) (map[string]*snapshot, error)

	mu    sync.Mutex
	asked map[string]time.Time // by cluster id, the last time
	next  *round               // has not begun
	busy  bool
}

// round is one look at everything.
type round struct {
	done chan struct{}
	all  map[string]*snapshot
	err  error
}

// there reports whether many are looking.
func (c *crowd) there(clusterID string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if c.asked == nil {
		c.asked = map[string]time.Time{}
	}
	c.asked[clusterID] = now
	for id, at := range c.asked {
		if now.Sub(at) > crowdAge {
			delete(c.asked, id)
		}
	}
	return len(c.asked) > crowdSize
}

// look is the next look that begins.
func (c *crowd) look(ctx context.Context) (map[string]*snapshot, error) {
	c.mu.Lock()
	if c.next == nil {
		c.next = &round{done: make(chan struct{})}
	}
	r := c.next
	if !c.busy {
		c.busy = true
		go c.rounds()
	}
	c.mu.Unlock()
	select {
	case <-r.done:
		return r.all, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// rounds looks for as long as somebody waits for it.
func (c *crowd) rounds() {
	pace := time.NewTicker(roundEvery)
	defer pace.Stop()
	for ; ; <-pace.C {
		c.mu.Lock()
		r := c.next
		c.next = nil
		if r == nil {
			c.busy = false
			c.mu.Unlock()
			return
		}
		c.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), roundTimeout)
		r.all, r.err = c.survey(ctx)
		cancel()
		close(r.done)
	}
}
