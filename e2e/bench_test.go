package e2e

import (
	"flag"
	"slices"
	"strings"
	"testing"
)

// pairs is how often the two sides of a comparison take turns; their medians are
// compared.
var pairs = flag.Int("pairs", 7, "turns of each side in BenchmarkApplyToRunning")

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// compare reports the medians of two sides that took turns, and the first by the
// second beside what it may be.
func compare(b *testing.B, unit string, ours, theirs []float64, bound float64) {
	b.ReportMetric(0, "ns/op") // of no meaning here: an operation is all turns
	b.ReportMetric(median(ours), unit+"-ours")
	b.ReportMetric(median(theirs), unit+"-theirs")
	b.ReportMetric(median(ours)/median(theirs), "ratio")
	b.ReportMetric(bound, "bound")
}

// writeEndless writes the manifest of a job that never ends.
func (w *world) writeEndless(name, state string) {
	text := strings.Replace(endlessJob, "name: count\n", "name: "+name+"\nstate: "+state+"\n", 1)
	w.write("jobs/"+name+".yaml", text)
}
