package e2e

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestTwoCredentials compiles from two shells at once, with other credentials in each:
// neither ends the gateway of the other in the middle of it.
func TestTwoCredentials(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"one", "two", "three", "four"} {
		w.write("jobs/"+name+".yaml", strings.Replace(endlessJob, "name: count", "name: "+name, 1))
	}
	for range 2 {
		var shells sync.WaitGroup
		for _, key := range []string{"first", "second"} {
			shells.Go(func() {
				c := w.command(t.Context(), []string{"AWS_ACCESS_KEY_ID=" + key, "AWS_SECRET_ACCESS_KEY=s3cret-" + key}, "compile", "jobs", "--output-dir", key)
				if out, err := c.CombinedOutput(); err != nil {
					t.Errorf("%s: %v\n%s", key, err, out)
				}
			})
		}
		shells.Wait()
	}
	all, err := filepath.Glob(filepath.Join(w.dir, gatewayRecords))
	if err != nil || len(all) != 2 {
		t.Errorf("gateways: %v, %v", all, err)
	}
	if strings.Contains(strings.Join(all, " "), "s3cret") {
		t.Errorf("a secret in a name: %v", all)
	}
}
