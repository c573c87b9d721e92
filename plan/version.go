package plan

import (
	"cmp"
	"strconv"
	"strings"
)

// CompareVersions orders two Flink versions by their first two numbers, which are
// all that a plan tells: "2.2" is before "2.3.1", and "2.3" is equal to it. What is
// no number counts as 0.
func CompareVersions(a, b string) int {
	const parts = 2
	x, y := strings.SplitN(a, ".", parts+1), strings.SplitN(b, ".", parts+1)
	for i := range parts {
		if c := cmp.Compare(versionPart(x, i), versionPart(y, i)); c != 0 {
			return c
		}
	}
	return 0
}

func versionPart(parts []string, i int) int {
	if i >= len(parts) {
		return 0
	}
	digits, _, _ := strings.Cut(parts[i], "-") // 2.4-SNAPSHOT
	n, _ := strconv.Atoi(digits)
	return n
}
