package dist

import (
	"path/filepath"
	"strings"
	"testing"

	"flink-sql-driver/e2e/flinktest"
)

func TestFullDisk(t *testing.T) {
	impatient(t)
	_, o := small(t)
	if !flinktest.SmallDisk(t, o.CacheDir, "256k") {
		return
	}
	// The packages compress well: they fit, what is in them does not.
	_, err := Ensure(t.Context(), o)
	if err == nil || !containsAll(err.Error(), "no space left", "FLINK_SQL_CACHE") {
		t.Errorf("unpacking: %v", err)
	}
	nothingHalfDone(t, o)
	o.parts[1].size = 1 << 30
	if _, err := Ensure(t.Context(), o); err == nil || !strings.Contains(err.Error(), "are needed") {
		t.Errorf("much too small: %v", err)
	}
	writeFile(t, filepath.Join(o.CacheDir, "fill"), strings.Repeat("x", 230<<10))
	o.parts[1].size = 1
	if _, err := Ensure(t.Context(), o); err == nil {
		t.Error("a full disk was not noticed")
	}
	nothingHalfDone(t, o)
}
