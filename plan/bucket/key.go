package bucket

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	// maxKey is S3's limit in bytes, the lowest of all stores'.
	maxKey = 1024
	// maxElement is the limit of file systems, and of S3 servers that stand on one.
	maxElement = 255
)

// checkKey accepts the keys that mean the same object on every store and to
// Flink: clean, relative, printable.
func checkKey(key string) error {
	if key == "" {
		return errors.New("the key is empty")
	}
	if len(key) > maxKey {
		return fmt.Errorf("the key is longer than %d bytes", maxKey)
	}
	if !utf8.ValidString(key) {
		return errors.New("the key is not UTF-8")
	}
	for element := range strings.SplitSeq(key, "/") {
		if err := checkElement(element); err != nil {
			return err
		}
	}
	return nil
}

func checkElement(e string) error {
	switch {
	case e == "":
		return errors.New("the key has an empty element")
	case e == "." || e == "..":
		return fmt.Errorf("the key has the element %q", e)
	case len(e) > maxElement:
		return fmt.Errorf("the key has an element longer than %d bytes", maxElement)
	case strings.HasPrefix(e, tempPrefix):
		return fmt.Errorf("names that start with %s are kept for unfinished writes", tempPrefix)
	case strings.ContainsFunc(e, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }):
		return errors.New("the key has a control character or a backslash")
	}
	return nil
}

// checkPrefix accepts what a valid key may start with.
func checkPrefix(prefix string) error {
	if prefix == "" {
		return nil
	}
	return checkKey(strings.TrimSuffix(prefix, "/"))
}

func checkDirPrefix(prefix string) error {
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		return errors.New("the prefix does not end with a slash")
	}
	return checkPrefix(prefix)
}
