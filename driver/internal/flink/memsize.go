package flink

import (
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// memUnits are the units that MemorySize.MemoryUnit knows, in bytes.
var memUnits = map[string]int64{
	"": 1, "b": 1, "bytes": 1,
	"k": 1 << 10, "kb": 1 << 10, "kibibytes": 1 << 10,
	"m": 1 << 20, "mb": 1 << 20, "mebibytes": 1 << 20,
	"g": 1 << 30, "gb": 1 << 30, "gibibytes": 1 << 30,
	"t": 1 << 40, "tb": 1 << 40, "tebibytes": 1 << 40,
}

var memText = regexp.MustCompile(`^\s*([0-9]+)\s*([a-zA-Z]*)\s*$`)

// ParseMemorySize reads a size as MemorySize.parse does, in bytes.
func ParseMemorySize(text string) (int64, error) {
	m := memText.FindStringSubmatch(text)
	if m == nil {
		return 0, fmt.Errorf("%q is not a memory size", text)
	}
	unit, ok := memUnits[strings.ToLower(m[2])]
	if !ok {
		return 0, fmt.Errorf("%q has no unit that Flink knows", text)
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil || n > math.MaxInt64/unit {
		return 0, fmt.Errorf("%q is more than 64 bits can hold", text)
	}
	return n * unit, nil
}

// multiply is MemorySize.multiply: exact in decimals, rounded down. The factor's
// decimals are the shortest that name the double, as Double.toString gives them.
func multiply(size int64, factor float64) (int64, error) {
	f, ok := new(big.Rat).SetString(strconv.FormatFloat(factor, 'g', -1, 64))
	if !ok || f.Sign() < 0 {
		return 0, fmt.Errorf("factor %v", factor)
	}
	f.Mul(f, new(big.Rat).SetInt64(size))
	n := new(big.Int).Quo(f.Num(), f.Denom())
	if !n.IsInt64() {
		return 0, fmt.Errorf("%d bytes times %v is more than 64 bits can hold", size, factor)
	}
	return n.Int64(), nil
}

func sum(sizes ...int64) (int64, error) {
	var total int64
	for _, s := range sizes {
		if total > math.MaxInt64-s {
			return 0, fmt.Errorf("sizes add up to more than 64 bits can hold")
		}
		total += s
	}
	return total, nil
}
