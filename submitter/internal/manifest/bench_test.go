package manifest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkLoad loads a folder of manifests that share one file of table
// definitions.
func BenchmarkLoad(b *testing.B) {
	const files = 1000
	dir := b.TempDir()
	put := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	put("tables.sql", "CREATE TABLE a (n BIGINT) WITH ('connector' = 'datagen');\nCREATE TABLE b (n BIGINT) WITH ('connector' = 'blackhole');\n")
	for i := range files {
		put(fmt.Sprintf("j-%d.yaml", i), fmt.Sprintf("name: j-%d\ntarget-table: b\nsql: |\n  SELECT n\n  FROM a\n  WHERE n > %d\ntable-definitions: [tables.sql]\nflinkProperties:\n  execution.checkpointing.interval: 5 s\n", i, i))
	}
	b.ReportAllocs()
	for b.Loop() {
		set, err := Load(b.Context(), Options{Paths: []string{dir}})
		if err != nil || len(set.Jobs) != files {
			b.Fatalf("%d jobs, %v", len(set.Jobs), err)
		}
	}
}
