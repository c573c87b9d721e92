package plan_test

import (
	"testing"

	"flink-sql-driver/plan"
)

func TestCompareVersions(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"2.2", "2.3", -1}, {"2.3", "2.3.0", 0}, {"2.3.1", "2.3", 0}, {"2.10", "2.9", 1}, {"1.20", "2.0", -1},
		{"2.4-SNAPSHOT", "2.3.0", 1}, {"2.3", "2.3-SNAPSHOT", 0}, {"2", "2.0", 0}, {"", "2.3", -1}, {"x.y", "0.0", 0},
	} {
		if got := plan.CompareVersions(c.a, c.b); got != c.want {
			t.Errorf("%s and %s: %d, want %d", c.a, c.b, got, c.want)
		}
		if got := plan.CompareVersions(c.b, c.a); got != -c.want {
			t.Errorf("%s and %s: %d, want %d", c.b, c.a, got, -c.want)
		}
	}
}
