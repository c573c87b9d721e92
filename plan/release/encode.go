package release

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"flink-sql-driver/plan/internal/record"
)

// EncodeConfig writes a driver config the same way each time, so that its digest
// says whether two are the same.
func EncodeConfig(c Config) ([]byte, error) {
	c.Version = ConfigVersion
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("driver config: %w", err)
	}
	return record.Encode(c)
}

// DecodeConfig reads a driver config. Unknown fields are errors, and so is every
// version but ConfigVersion.
func DecodeConfig(data []byte) (Config, error) {
	var c Config
	err := record.Decode(data, ConfigVersion, &c)
	if err == nil {
		err = c.Check()
	}
	if err != nil {
		return Config{}, fmt.Errorf("driver config: %w", err)
	}
	return c, nil
}

var (
	digestPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)
	secretPattern = regexp.MustCompile(`\$\{secret:([^}"\\\n]*)\}`)
)

// SecretNames lists the names in all ${secret:NAME} of a text, sorted, each once.
func SecretNames(text []byte) []string {
	var names []string
	for _, m := range secretPattern.FindAllSubmatch(text, -1) {
		names = append(names, string(m[1]))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Check refuses a config that no driver could carry out.
func (c Config) Check() error {
	if err := c.Run.check(); err != nil {
		return err
	}
	for i, statement := range c.Init {
		if names := SecretNames([]byte(statement)); len(names) > 0 {
			return fmt.Errorf("init statement %d mentions ${secret:%s}, and Flink prints every statement to its log", i+1, names[0])
		}
	}
	seen := map[string]bool{}
	for _, r := range c.Resources {
		if err := r.check(); err != nil {
			return fmt.Errorf("resource %q: %w", r.Name, err)
		}
		if seen[r.Name] {
			return fmt.Errorf("resource %q: the name is there twice", r.Name)
		}
		seen[r.Name] = true
	}
	catalogs := map[string]bool{}
	for _, catalog := range c.Catalogs {
		if err := CheckName(catalog.Name); err != nil { // it becomes a file's
			return fmt.Errorf("catalog %q: %w", catalog.Name, err)
		}
		if catalogs[catalog.Name] {
			return fmt.Errorf("catalog %q: the name is there twice", catalog.Name)
		}
		catalogs[catalog.Name] = true
	}
	for _, name := range c.Secrets {
		if err := CheckName(name); err != nil {
			return fmt.Errorf("secret %q: %w", name, err)
		}
	}
	return nil
}

func (r Run) check() error {
	set := 0
	for _, f := range []*File{r.Plan, r.Script, r.Python} {
		if f == nil {
			continue
		}
		set++
		if err := checkDigest(f.SHA256, f.Size); err != nil {
			return fmt.Errorf("run: %w", err)
		}
	}
	if set != 1 {
		return fmt.Errorf("run has %d of plan, script and python, but takes exactly one", set)
	}
	return nil
}

func (r Resource) check() error {
	if err := CheckName(r.Name); err != nil {
		return err
	}
	switch {
	case r.Kind != KindJar && r.Kind != KindFile && r.Kind != KindArchive:
		return fmt.Errorf("its kind %q is none of %s, %s and %s", r.Kind, KindJar, KindFile, KindArchive)
	case r.URI == "":
		return errors.New("it has no uri")
	}
	return checkDigest(r.SHA256, r.Size)
}

func checkDigest(digest string, size int64) error {
	if digest != "" && !digestPattern.MatchString(digest) {
		return fmt.Errorf("sha256 %q is not 64 lower-case hex digits", digest)
	}
	if size < 0 {
		return fmt.Errorf("size %d is negative", size)
	}
	return nil
}

// CheckName accepts what can be one element of a path, on every store and file
// system.
func CheckName(name string) error {
	const longest = 255
	switch {
	case name == "":
		return errors.New("the name is empty")
	case name == "." || name == "..":
		return errors.New("the name means a directory")
	case len(name) > longest:
		return fmt.Errorf("the name is longer than %d bytes", longest)
	case !utf8.ValidString(name):
		return errors.New("the name is not UTF-8")
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || r == '/' || r == '\\' }):
		return errors.New("the name has a slash, a backslash or a control character")
	}
	return nil
}
