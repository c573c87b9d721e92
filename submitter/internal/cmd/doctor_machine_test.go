package cmd

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAvailableMemory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "meminfo")
	for text, want := range map[string]int64{
		"MemTotal:       8 kB\nMemAvailable:   22657 kB\nBuffers: 1 kB\n": 22657 << 10,
		"MemTotal: 8 kB\n":        -1,
		"MemAvailable: many kB\n": -1,
		"":                        -1,
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := availableMemory(file)
		if err == nil && got != want || err != nil && want >= 0 {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	if k := memory(1 << 20); k.OK || k.Remedy == "" {
		t.Errorf("a million jobs: %+v", k)
	}
}

func TestAsksJSON(t *testing.T) {
	for _, words := range [][]string{{"-o", "json"}, {"a", "-o=json"}, {"--output", "json", "b"}, {"--output=json"}, {"-o", "yaml", "-o", "json"}} {
		if !asksJSON(words) {
			t.Errorf("%q", words)
		}
	}
	for _, words := range [][]string{nil, {"-o"}, {"o", "json"}, {"json"}, {"-o", "yaml"}, {"--", "-o", "json"}, {"--outputs", "json"}} {
		if asksJSON(words) {
			t.Errorf("%q", words)
		}
	}
}
