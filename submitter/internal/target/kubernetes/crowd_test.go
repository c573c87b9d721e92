package kubernetes

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestCrowd: many who look share their looks, and nobody gets one that began before he
// asked.
func TestCrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var looks atomic.Int64
		c := &crowd{survey: func(context.Context) (map[string]*snapshot, error) {
			n := looks.Add(1)
			time.Sleep(time.Second)
			return map[string]*snapshot{strconv.FormatInt(n, 10): {}}, nil
		}}
		const askers = 50
		var wg sync.WaitGroup
		for i := range askers {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * 10 * time.Millisecond) // most while a look is under way
				before := looks.Load()
				all, err := c.look(t.Context())
				if err != nil {
					t.Error(err)
				}
				for n := range all {
					if got, _ := strconv.ParseInt(n, 10, 64); got <= before {
						t.Errorf("asked after look %d had begun, got %d", before, got)
					}
				}
			})
		}
		wg.Wait()
		time.Sleep(2 * roundEvery) // until rounds has seen that nobody asks any more
		if n := looks.Load(); n != 2 {
			t.Errorf("%d looks for %d who asked", n, askers)
		}
	})
}

// TestCrowdOfAFastServer: how often it is asked does not grow with how fast it answers.
func TestCrowdOfAFastServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var looks atomic.Int64
		c := &crowd{survey: func(context.Context) (map[string]*snapshot, error) { looks.Add(1); return nil, nil }}
		const during = 10 * time.Second
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				for start := time.Now(); time.Since(start) < during; time.Sleep(100 * time.Millisecond) {
					if _, err := c.look(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		time.Sleep(2 * roundEvery) // until rounds has seen that nobody asks any more
		if n := looks.Load(); n > int64(during/roundEvery)+2 {
			t.Errorf("%d looks in %s", n, during)
		}
	})
}

func TestCrowdIsOneOfManyLaunches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &crowd{}
		for range 100 {
			if c.there("one") {
				t.Fatal("one launch is no crowd, however often it is looked at")
			}
		}
		for i := range crowdSize {
			if got := c.there(strconv.Itoa(i)); got != (i == crowdSize-1) {
				t.Errorf("with %d launches: %v", i+2, got)
			}
		}
		time.Sleep(2 * crowdAge)
		if c.there("one") {
			t.Error("the crowd is gone")
		}
	})
}
