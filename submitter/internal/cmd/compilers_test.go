package cmd

import (
	"fmt"
	"sync"
	"testing"

	"flink-sql-driver/submitter/internal/compile"
	"flink-sql-driver/submitter/internal/gateway"
)

// TestCompilersAreShared has jobs of several gateways ask for their compilers at once: each
// gateway has one, and the race detector has nothing to say.
func TestCompilersAreShared(t *testing.T) {
	const gateways, jobs = 3, 16
	var kept compilers
	var got [gateways][jobs]*compile.Compiler
	var wg sync.WaitGroup
	for g := range gateways {
		for i := range jobs {
			wg.Go(func() {
				client, err := gateway.New(fmt.Sprintf("http://127.0.0.1:%d", 8080+g), gateway.Options{})
				if err != nil {
					t.Error(err)
					return
				}
				got[g][i] = kept.of(client, compile.Options{})
			})
		}
	}
	wg.Wait()
	different := make(map[*compile.Compiler]bool)
	for g := range gateways {
		for i := range jobs {
			different[got[g][i]] = true
			if got[g][i] == nil || got[g][i] != got[g][0] {
				t.Errorf("gateway %d: job %d has a compiler of its own", g, i)
			}
		}
	}
	if len(different) != gateways {
		t.Errorf("%d compilers for %d gateways", len(different), gateways)
	}
}
