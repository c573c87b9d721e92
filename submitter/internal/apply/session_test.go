package apply

import (
	"testing"

	"flink-sql-driver/submitter/internal/journal"
)

// A base that ends with the job's name, as seed 000's manifests have it, is the directory
// of that job.
func TestBelow(t *testing.T) {
	for base, want := range map[string]string{
		"s3://b/checkpoints":             "s3://b/checkpoints/orders/3",
		"s3://b/checkpoints/orders":      "s3://b/checkpoints/orders/3",
		"s3://b/checkpoints/old-orders":  "s3://b/checkpoints/old-orders/orders/3",
		"s3://b/checkpoints/orders/live": "s3://b/checkpoints/orders/live/orders/3",
	} {
		if got := below(base, "orders", journal.Meta{QueryVersion: 3}); got != want {
			t.Errorf("%s: %s, want %s", base, got, want)
		}
	}
}
