package change

import (
	"strconv"

	"flink-sql-driver/submitter/internal/journal"
)

// sizes lists what differs of one kind of process; a part that differs in nothing, since
// its record does not tell, is named as a whole.
func sizes(part string, old, wanted journal.Size) []Item {
	var items []Item
	add := func(key, was, is string) {
		if was != is {
			items = append(items, Item{What: part + "." + key, Old: was, New: is, Effect: "restart"})
		}
	}
	add("cpu", number(old.CPU), number(wanted.CPU))
	add("memory", old.Memory, wanted.Memory)
	add("slots", number(float64(old.Slots)), number(float64(wanted.Slots)))
	add("replicas", number(float64(old.Replicas)), number(float64(wanted.Replicas)))
	if items == nil {
		return []Item{{What: part, Effect: "restart"}}
	}
	return items
}

// number is empty where nothing was said.
func number(n float64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatFloat(n, 'g', -1, 64)
}
