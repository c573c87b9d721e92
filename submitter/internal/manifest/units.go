package manifest

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// durationUnits are the labels of Flink's TimeUtils.
var durationUnits = map[string]time.Duration{
	"":  time.Millisecond,
	"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
	"h": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"m": time.Minute, "min": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"s": time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second, "seconds": time.Second,
	"ms": time.Millisecond, "milli": time.Millisecond, "millis": time.Millisecond,
	"millisecond": time.Millisecond, "milliseconds": time.Millisecond,
	"µs": time.Microsecond, "micro": time.Microsecond, "micros": time.Microsecond,
	"microsecond": time.Microsecond, "microseconds": time.Microsecond,
	"ns": time.Nanosecond, "nano": time.Nanosecond, "nanos": time.Nanosecond,
	"nanosecond": time.Nanosecond, "nanoseconds": time.Nanosecond,
}

// memoryUnits are the labels of Flink's MemorySize.
var memoryUnits = map[string]int64{
	"": 1, "b": 1, "bytes": 1,
	"k": 1 << 10, "kb": 1 << 10, "kibibytes": 1 << 10,
	"m": 1 << 20, "mb": 1 << 20, "mebibytes": 1 << 20,
	"g": 1 << 30, "gb": 1 << 30, "gibibytes": 1 << 30,
	"t": 1 << 40, "tb": 1 << 40, "tebibytes": 1 << 40,
}

// ParseDuration reads a duration as Flink writes it: "10 min", "60s", "1h"; a
// number alone is milliseconds (org.apache.flink.util.TimeUtils, without its
// ISO-8601 form).
func ParseDuration(s string) (time.Duration, error) {
	number, label := cutNumber(s)
	unit, known := durationUnits[strings.ToLower(label)]
	n, err := strconv.ParseInt(number, 10, 64)
	if !known || err != nil {
		return 0, fmt.Errorf("'%s' is not a duration; write it like 60s, 10 min or 1h", clip(s))
	}
	if n > math.MaxInt64/int64(unit) {
		return 0, fmt.Errorf("'%s' is too long", clip(s))
	}
	return time.Duration(n) * unit, nil
}

// ParseMemory reads a memory size as Flink writes it: "1600m", "2 gb"; a number
// alone is bytes (org.apache.flink.configuration.MemorySize).
func ParseMemory(s string) (bytes int64, err error) {
	number, label := cutNumber(s)
	unit, known := memoryUnits[strings.ToLower(label)]
	n, err := strconv.ParseInt(number, 10, 64)
	if !known || err != nil {
		return 0, fmt.Errorf("'%s' is not a memory size; write it like 1600m or 2g", clip(s))
	}
	if n > math.MaxInt64/unit {
		return 0, errors.New("is more memory than there is")
	}
	return n * unit, nil
}

// cutNumber separates the leading digits from the unit.
func cutNumber(s string) (number, label string) {
	s = strings.TrimSpace(s)
	end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(s)
	}
	return s[:end], strings.TrimSpace(s[end:])
}
