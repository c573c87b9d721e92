package plan_test

import (
	"os"
	"testing"

	"flink-sql-driver/plan"
)

// BenchmarkCanonical reads a window aggregation's plan and writes its canonical
// form.
func BenchmarkCanonical(b *testing.B) {
	data, err := os.ReadFile("testdata/window-1m.json")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		compiled, err := plan.Parse(data)
		if err != nil {
			b.Fatal(err)
		}
		compiled.Canonical()
	}
}
