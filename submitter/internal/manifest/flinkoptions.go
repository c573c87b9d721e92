package manifest

import (
	_ "embed"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"flink-sql-driver/plan/launch"
)

// knownOptions are Flink's options: key, type and the values of an enum on each line,
// apart by tabs. Keys and types are what the classes of a distribution declare.
//
//go:generate sh -c "java flinkoptions/ListOptions.java \"$FLINK_HOME\" > flinkoptions/options.txt"
//go:generate sh -c "java flinkoptions/ListOptions.java \"$FLINK_HOME\" names > flinkoptions/names.txt"
//go:embed flinkoptions/options.txt
var knownOptions string

// optionsLine is the line of Flink that knownOptions was made of.
const optionsLine = "2.3"

// optionType is what Flink makes of an option's value.
type optionType struct {
	name   string   // of the Java class
	values []string // of an enum
}

// flinkOptions maps a key to its types: two, where another option falls back to it.
var flinkOptions = sync.OnceValue(func() map[string][]optionType {
	known := map[string][]optionType{}
	for line := range strings.Lines(knownOptions) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		t := optionType{name: f[1]}
		if len(f) > 2 {
			t.values = strings.Split(f[2], "|")
		}
		known[f[0]] = append(known[f[0]], t)
	}
	return known
})

// openOptions are where anybody may add keys: those of plug-ins, and of Flink's
// components that get a name there.
var openOptions = []string{
	"$internal.", "s3.", "s3a.", "fs.", "oss.", "gs.", "abfs.", "dfs.", "hadoop.", "flink.hadoop.", "flink.yarn.", "env.", "containerized.",
	"metrics.reporter.", "events.reporter.", "traces.reporter.", "external-resource.", "security.delegation.token.provider.",
	"table.catalog-store.", "workflow-scheduler.", "sql-driver.",
}

// checkType reports a value that Flink could not read: only when a job starts, or
// at its first statement.
func (b *jobBuilder) checkType(what, key, value string, at func() Position) {
	if strings.Contains(value, "${") {
		return // known only where the job runs
	}
	var first error
	for _, t := range flinkOptions()[key] {
		err := t.check(value)
		if err == nil {
			return
		}
		if first == nil {
			first = err
		}
	}
	if first == nil {
		return
	}
	message, remedy, _ := strings.Cut(first.Error(), "; ")
	shown := "'" + clip(value) + "'"
	if launch.Masked(key) {
		shown = "its value"
	}
	b.add(at(), fmt.Sprintf("%s: %s: %s %s", what, key, shown, message), remedy)
}

// checkKey warns of a key that is nearly one of Flink's.
func (b *jobBuilder) checkKey(what, key string, at func() Position) {
	if v := b.job.FlinkVersion; v != "" && v != optionsLine && !strings.HasPrefix(v, optionsLine+".") {
		return
	}
	if _, known := flinkOptions()[key]; known || b.unknown >= maxUnknown {
		return
	}
	b.unknown++
	near, seen := b.load.similar[key]
	if !seen {
		near = nearOption(key)
		b.load.similar[key] = near
	}
	if near != "" {
		b.warnings = append(b.warnings, Problem{at(), fmt.Sprintf("%s: Flink %s has no option '%s'", what, optionsLine, clip(key)), "did you mean '" + near + "'?"})
	}
}

// maxUnknown is for how many keys of one document similar ones are looked for: each
// is compared with many.
const maxUnknown = 100

// longestKey is longer than any option that Flink has.
const longestKey = 200

// typingErrors is how many characters of a key may be wrong for another to be meant.
const typingErrors = 2

// nearOption is the option that was probably meant; empty for one that Flink has, and
// for one that somebody else may have.
func nearOption(key string) string {
	if _, known := flinkOptions()[key]; known || len(key) > longestKey || oldNames[key] != "" || isOpen(key) {
		return ""
	}
	best, bestDistance := "", typingErrors+1
	for k := range flinkOptions() {
		if n := len(k) - len(key); n > typingErrors || n < -typingErrors {
			continue
		}
		d := distance(strings.ToLower(key), strings.ToLower(k))
		if d < bestDistance || d == bestDistance && k < best {
			best, bestDistance = k, d
		}
	}
	return best
}

// isOpen: below an option that is a map, each key is an entry of it.
func isOpen(key string) bool {
	if slices.ContainsFunc(openOptions, func(prefix string) bool { return strings.HasPrefix(key, prefix) }) {
		return true
	}
	for i, c := range key {
		if c == '.' && slices.ContainsFunc(flinkOptions()[key[:i]], func(t optionType) bool { return t.name == "Map" }) {
			return true
		}
	}
	return false
}

// check reads a value as Flink does (convertValue of its ConfigurationUtils). The
// error goes on from the value; what stands behind a semicolon is the remedy.
func (t optionType) check(value string) error {
	switch t.name {
	case "Integer":
		return checkInteger(value, 32)
	case "Long":
		return checkInteger(value, 64)
	case "Float", "Double":
		return checkFloat(value)
	case "Boolean":
		if !strings.EqualFold(value, "true") && !strings.EqualFold(value, "false") {
			return errors.New("is neither true nor false")
		}
	case "Duration":
		return checkDuration(value)
	case "MemorySize":
		return checkMemory(value)
	case "Enum":
		if !slices.ContainsFunc(t.values, func(v string) bool { return strings.EqualFold(v, value) }) {
			return fmt.Errorf("is none of its values; it is one of: %s", strings.Join(t.values, ", "))
		}
	}
	return nil
}

// checkInteger is Java's Integer.parseInt and Long.parseLong.
func checkInteger(value string, bits int) error {
	_, err := strconv.ParseInt(value, 10, bits)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return fmt.Errorf("does not fit into %d bits", bits)
	case err != nil:
		return errors.New("is not a whole number; write it in decimal digits alone, like 4")
	}
	return nil
}

// checkFloat is Java's Double.parseDouble, which takes a number that is too large
// for infinity, and ends like 1.5f.
func checkFloat(value string) error {
	trimmed := javaTrim(value)
	_, err := strconv.ParseFloat(trimmed, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		_, err = strconv.ParseFloat(strings.TrimRight(trimmed, "dDfF"), 64)
	}
	if err != nil && !errors.Is(err, strconv.ErrRange) || strings.Contains(trimmed, "_") {
		return errors.New("is not a number; write it like 0.5")
	}
	return nil
}

// javaTrim is String.trim.
func javaTrim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
}

var (
	errNoDuration = errors.New("is not a duration; write it like 60 s, 10 min, 1 h or PT1H")
	errLong       = errors.New("is a longer time than Flink can count")
)

// checkDuration is org.apache.flink.util.TimeUtils.parseDuration: a number with a
// unit, milliseconds without, or ISO 8601.
func checkDuration(value string) error {
	number, label := javaNumber(value)
	if number == "" {
		return checkISODuration(javaTrim(value))
	}
	unit, known := durationUnits[strings.ToLower(label)]
	if !known {
		return errNoDuration
	}
	n, _ := new(big.Int).SetString(number, 10)
	seconds := n.Mul(n, big.NewInt(int64(unit)))
	if !seconds.Quo(seconds, big.NewInt(int64(time.Second))).IsInt64() {
		return errLong
	}
	return nil
}

// isoDuration is what Java's Duration.parse reads.
var isoDuration = regexp.MustCompile(`(?i)^([-+]?)P(?:([-+]?[0-9]+)D)?(?:(T)(?:([-+]?[0-9]+)H)?(?:([-+]?[0-9]+)M)?(?:([-+]?[0-9]+(?:[.,][0-9]{0,9})?)S)?)?$`)

// checkISODuration refuses negative durations, as Flink does.
func checkISODuration(value string) error {
	m := isoDuration.FindStringSubmatch(value)
	if m == nil || m[2]+m[4]+m[5]+m[6] == "" || m[3] != "" && m[4]+m[5]+m[6] == "" {
		return errNoDuration
	}
	sum := new(big.Rat)
	for i, seconds := range map[int]int64{2: 24 * 60 * 60, 4: 60 * 60, 5: 60, 6: 1} {
		n, ok := new(big.Rat).SetString(strings.TrimSuffix(strings.ReplaceAll(m[i], ",", "."), "."))
		if ok {
			sum.Add(sum, n.Mul(n, big.NewRat(seconds, 1)))
		}
	}
	if m[1] == "-" {
		sum.Neg(sum)
	}
	switch {
	case sum.Sign() < 0:
		return errors.New("is less than nothing")
	case !new(big.Int).Quo(sum.Num(), sum.Denom()).IsInt64():
		return errLong
	}
	return nil
}

// checkMemory is org.apache.flink.configuration.MemorySize.parse: a number with a
// unit, bytes without.
func checkMemory(value string) error {
	number, label := javaNumber(value)
	unit, known := memoryUnits[strings.ToLower(label)]
	if number == "" || !known {
		return errors.New("is not a memory size; write it like 1600m or 2g")
	}
	n, _ := new(big.Int).SetString(number, 10)
	if !n.Mul(n, big.NewInt(unit)).IsInt64() {
		return errors.New("is more memory than Flink can count")
	}
	return nil
}

// javaNumber is cutNumber with Java's idea of a blank.
func javaNumber(s string) (number, label string) {
	s = javaTrim(s)
	end := len(s) - len(strings.TrimLeft(s, "0123456789"))
	return s[:end], javaTrim(s[end:])
}
