// Package redact takes values of secrets out of what Flink says, before that is
// recorded or printed: connectors repeat their options in errors.
package redact

import (
	"cmp"
	"encoding/json"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"flink-sql-driver/plan/launch"
)

const (
	// shortest is how long a value must be, in bytes, to be told from ordinary text.
	shortest = 4
	// maxFile bounds what is read of a secret's file, in bytes.
	maxFile = 1 << 20
)

// Secrets knows the values of secrets that this process can see: those in its
// environment and in files. The zero value knows none.
type Secrets struct {
	Lookup func(name string) (string, bool)
	// Dirs are where files of secrets are, besides the driver's default.
	Dirs []string
}

// Here are the secrets that this process sees.
func Here() Secrets { return Secrets{Lookup: os.LookupEnv} }

// Hide puts ${secret:NAME} in the place of the named secrets' values: as they are, and
// as JSON, URLs and SQL literals have them. Values shorter than 4 bytes stay.
func (s Secrets) Hide(names []string, text string) string {
	if s.Lookup == nil || len(names) == 0 || text == "" {
		return text
	}
	return s.replacer(names).Replace(text)
}

// Get is a secret's value as the driver would find it, were it started here.
func (s Secrets) Get(name string) (string, bool) {
	if s.Lookup == nil {
		return "", false
	}
	values := s.values(name)
	if len(values) == 0 {
		return "", false
	}
	return values[0], true
}

func (s Secrets) replacer(names []string) *strings.Replacer {
	type pair struct{ form, name string }
	var pairs []pair
	for _, name := range names {
		for _, value := range s.values(name) {
			if len(value) < shortest {
				continue
			}
			for _, form := range forms(value) {
				pairs = append(pairs, pair{form, "${secret:" + name + "}"})
			}
		}
	}
	// Of two that begin alike the longer one is meant.
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(len(b.form), len(a.form)) })
	var oldnew []string
	for _, p := range pairs {
		oldnew = append(oldnew, p.form, p.name)
	}
	return strings.NewReplacer(oldnew...)
}

func forms(value string) []string {
	all := []string{value, url.QueryEscape(value), url.PathEscape(value), strings.ReplaceAll(value, "'", "''")}
	if quoted, err := json.Marshal(value); err == nil {
		all = append(all, string(quoted[1:len(quoted)-1]))
	}
	var plain strings.Builder
	enc := json.NewEncoder(&plain)
	enc.SetEscapeHTML(false)
	if enc.Encode(value) == nil {
		text := strings.TrimSuffix(plain.String(), "\n")
		all = append(all, text[1:len(text)-1])
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// values are what the driver may have found for a secret, of what is to be had here:
// which of several places it was told to look in is not known of every launch.
func (s Secrets) values(name string) []string {
	if v, ok := s.Lookup(name); ok {
		return []string{v}
	}
	if !filepath.IsLocal(name) || filepath.Base(name) != name {
		return nil
	}
	var all []string
	for _, dir := range append([]string{launch.DefaultSecretDir}, s.Dirs...) {
		all = append(all, fileIn(dir, name))
	}
	return all
}

// fileIn is the secret in a file, as the driver reads it; empty if there is none.
func fileIn(dir, name string) string {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	defer f.Close()
	data, _ := io.ReadAll(io.LimitReader(f, maxFile))
	return strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
}

// maxLine is how much of a line is kept back, in bytes, while its end is not seen.
const maxLine = 1 << 20

// Writer hides secrets in a stream, line by line; Close writes what has no end. A
// value of more than one line is not found.
type Writer struct {
	out      io.Writer
	replacer *strings.Replacer
	line     []byte
}

// Writer hides the named secrets in what is written to out.
func (s Secrets) Writer(names []string, out io.Writer) *Writer {
	w := &Writer{out: out, replacer: strings.NewReplacer()}
	if s.Lookup != nil {
		w.replacer = s.replacer(names)
	}
	return w
}

func (w *Writer) Write(p []byte) (int, error) {
	w.line = append(w.line, p...)
	end := strings.LastIndexByte(string(w.line), '\n') + 1
	if end == 0 && len(w.line) < maxLine {
		return len(p), nil
	}
	if end == 0 {
		end = len(w.line)
	}
	_, err := w.replacer.WriteString(w.out, string(w.line[:end]))
	w.line = append([]byte(nil), w.line[end:]...)
	return len(p), err
}

// Close writes the rest; it does not close what is below.
func (w *Writer) Close() error {
	_, err := w.replacer.WriteString(w.out, string(w.line))
	w.line = nil
	return err
}
