package resource

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// cached is what one sweep may remove: a content, an unfinished download, or what an
// older version of this program left.
type cached struct {
	path  string
	guard string // the lock that says that it is in use
	size  int64
	last  time.Time // use
}

// sweep removes what was not used for the longest time while the cache holds more than
// it may. What any command uses stays. A sweep that fails has only left more than it
// should; the next one tries again.
func (f *Fetcher) sweep() {
	dirs, err := os.ReadDir(f.Dir)
	if err != nil {
		return
	}
	var all []cached
	var total int64
	for _, d := range dirs {
		if d.IsDir() {
			all = append(all, contents(filepath.Join(f.Dir, d.Name()))...)
		}
	}
	for _, c := range all {
		total += c.size
	}
	slices.SortFunc(all, func(a, b cached) int { return a.last.Compare(b.last) })
	for _, c := range all {
		if total <= f.maxCache() {
			return
		}
		if c.remove() {
			total -= c.size
			forget(filepath.Dir(c.path))
		}
	}
}

// contents are the removable parts of one URI's directory.
func contents(dir string) []cached {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var all []cached
	for _, e := range entries {
		name := e.Name()
		if name == lockName || name == newestName || strings.HasSuffix(name, useSuffix) {
			continue
		}
		c := cached{path: filepath.Join(dir, name), guard: filepath.Join(dir, lockName)}
		if e.IsDir() {
			c.guard = filepath.Join(dir, name+useSuffix)
		}
		c.last = timeOf(c.path)
		if e.IsDir() {
			c.last = timeOf(c.guard)
		}
		_ = filepath.WalkDir(c.path, func(_ string, e fs.DirEntry, err error) error {
			if err != nil {
				return nil //nolint:nilerr // somebody else removes it
			}
			if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
				c.size += info.Size()
			}
			return nil
		})
		all = append(all, c)
	}
	return all
}

func timeOf(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// remove reports whether it is gone.
func (c cached) remove() bool {
	held, err := lock(c.guard, true)
	if err != nil {
		return false
	}
	defer held.Close()
	if os.RemoveAll(c.path) != nil {
		return false
	}
	if filepath.Base(c.guard) != lockName {
		_ = os.Remove(c.guard) // a few bytes, in case it stays
	}
	return true
}

// forget removes the directory of a URI of which nothing is left.
func forget(dir string) {
	if len(contents(dir)) > 0 {
		return
	}
	held, err := lock(filepath.Join(dir, lockName), true)
	if err != nil {
		return
	}
	defer held.Close()
	if len(contents(dir)) == 0 {
		_ = os.Remove(filepath.Join(dir, newestName))
		_ = os.Remove(held.Name())
		_ = os.Remove(dir)
	}
}
