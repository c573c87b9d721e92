package manifest

import (
	"context"
	"path/filepath"
	"testing"
)

// TestExamplesLoad loads every folder of examples as a newcomer would.
func TestExamplesLoad(t *testing.T) {
	folders, err := filepath.Glob("../../../examples/*")
	if err != nil || len(folders) == 0 {
		t.Fatal("there are no examples")
	}
	for _, folder := range folders {
		if filepath.Base(folder) == "kubernetes" {
			continue // Kubernetes' own objects
		}
		any := func(string) (string, bool) { return "x", true }
		set, err := Load(context.Background(), Options{Paths: []string{folder}, Env: any})
		if err != nil {
			t.Errorf("%s:\n%v", folder, err)
		}
		for _, j := range set.Jobs {
			t.Logf("%s: %s", folder, j.Name)
		}
	}
}
