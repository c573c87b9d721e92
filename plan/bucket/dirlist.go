package bucket

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"sort"
	"strings"
)

// list walks the directories that can hold keys with the prefix. Links are not
// objects, and are not followed.
func (d *dir) list(ctx context.Context, prefix string) ([]Object, error) {
	l := lister{ctx: ctx, dir: d, prefix: prefix}
	start := prefix[:strings.LastIndex(prefix, "/")+1]
	if err := l.walk(start); err != nil {
		return nil, err
	}
	sort.Slice(l.objects, func(i, j int) bool { return l.objects[i].Key < l.objects[j].Key })
	return l.objects, nil
}

// listDirs returns the directories below prefix that hold a file, at any depth.
func (d *dir) listDirs(ctx context.Context, prefix string) ([]string, error) {
	entries, err := d.entries(prefix)
	if err != nil {
		return nil, err
	}
	var dirs []string
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		name := prefix + e.Name() + "/"
		l := lister{ctx: ctx, dir: d, prefix: name, first: true}
		if err := l.walk(name); err != nil {
			return nil, err
		}
		if len(l.objects) > 0 {
			dirs = append(dirs, name)
		}
	}
	sort.Strings(dirs)
	return dirs, nil
}

type lister struct {
	ctx     context.Context // of one listing
	dir     *dir
	prefix  string
	first   bool // one object is enough
	objects []Object
}

// walk lists a directory, whose name is empty or ends with a slash.
func (l *lister) walk(name string) error {
	if err := l.ctx.Err(); err != nil {
		return err
	}
	entries, err := l.dir.entries(name)
	if err != nil {
		return err
	}
	for _, e := range entries {
		key := name + e.Name()
		if e.IsDir() {
			if key += "/"; strings.HasPrefix(key, l.prefix) || strings.HasPrefix(l.prefix, key) {
				err = l.walk(key)
			}
		} else if strings.HasPrefix(key, l.prefix) && e.Type().IsRegular() {
			err = l.add(key, e)
		}
		if err != nil || l.first && len(l.objects) > 0 {
			return err
		}
	}
	return nil
}

func (l *lister) add(key string, e fs.DirEntry) error {
	info, err := e.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return nil // deleted since
	}
	if err != nil {
		return err
	}
	l.objects = append(l.objects, object(key, info))
	return nil
}

// entries reads one directory, without unfinished writes. One that is not there
// is empty.
func (d *dir) entries(name string) ([]fs.DirEntry, error) {
	f, err := d.root.Open(path.Join(".", name))
	if err = absentDir(err); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.IsDir() {
		return nil, err
	}
	entries, err := f.ReadDir(-1)
	if err != nil {
		return nil, err
	}
	kept := entries[:0]
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), tempPrefix) {
			kept = append(kept, e)
		}
	}
	return kept, nil
}
