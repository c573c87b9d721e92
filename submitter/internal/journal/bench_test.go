package journal_test

import (
	"fmt"
	"strings"
	"testing"

	"flink-sql-driver/submitter/internal/journal"
)

// BenchmarkIndex reads the records of many jobs that are all in the index.
func BenchmarkIndex(b *testing.B) {
	const jobs = 1000
	store := newMemory()
	data, err := journal.Encode(full())
	if err != nil {
		b.Fatal(err)
	}
	for i := range jobs {
		name := fmt.Sprintf("j-%d", i)
		store.objects[fmt.Sprintf("journal/%s/%020d.json", name, full().Number)] = strings.ReplaceAll(string(data), full().Name, name)
	}
	j := journal.New(store)
	read := func() {
		if records, _, err := j.All(b.Context(), "bucket"); err != nil || len(records) != jobs {
			b.Fatalf("%d records, %.300v", len(records), err)
		}
	}
	read() // and write the index
	b.ReportAllocs()
	for b.Loop() {
		read()
	}
}
