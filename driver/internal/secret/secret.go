// Package secret puts secrets where the job needs them and nowhere else. They
// are written ${secret:NAME} in plans and options, and read from the environment
// variable NAME or, failing that, from a file of that name in a directory that
// the platform mounts. No error of this package has a secret in it.
package secret

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"

	"flink-sql-driver/plan"
)

// maxName is how long a secret's name may be, in bytes, to be a file's. (In the
// pattern the bound would take a millisecond of every start.)
const maxName = 253

// maxSecretBytes bounds a secret's file; a key or a certificate is far smaller.
const maxSecretBytes = 1 << 20

// MissingError says which secrets nobody has.
type MissingError struct {
	Names []string
	Dir   string
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("no secret %s: set an environment variable of that name for the driver (on Kubernetes: a key of that name in a Secret under kubernetes.secrets), or put it into the file %s",
		strings.Join(e.Names, ", "), filepath.Join(e.Dir, e.Names[0]))
}

// ErrNotText says that a secret's bytes are not UTF-8. Plans and options are, so
// others would reach Flink changed.
var ErrNotText = errors.New("is not UTF-8 text, as plans and options are")

// Store looks secrets up.
type Store struct {
	// Lookup reads an environment variable.
	Lookup func(name string) (string, bool)
	// Dir has a file for each secret that the environment does not have.
	Dir string
}

// Get returns a secret. A file's last line break is not part of it.
func (s Store) Get(name string) (string, error) {
	if v, ok := s.Lookup(name); ok {
		return text(name, v)
	}
	missing := &MissingError{Names: []string{name}, Dir: s.Dir}
	if len(name) > maxName || !plainName.MatchString(name) {
		return "", missing
	}
	f, err := os.Open(filepath.Join(s.Dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", missing
	}
	if err != nil {
		return "", fmt.Errorf("secret %s: %w", name, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSecretBytes+1))
	if err != nil {
		return "", fmt.Errorf("secret %s: %w", name, err)
	}
	if len(data) > maxSecretBytes {
		return "", fmt.Errorf("secret %s: %s has more than %d bytes", name, f.Name(), maxSecretBytes)
	}
	return text(name, strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r"))
}

func text(name, value string) (string, error) {
	if !utf8.ValidString(value) {
		return "", fmt.Errorf("secret %s %w; encode it in what the connector understands, such as base64", name, ErrNotText)
	}
	return value, nil
}

// GetAll returns several secrets, and says of all that are missing at once.
func (s Store) GetAll(names []string) (map[string]string, error) {
	values := make(map[string]string, len(names))
	missing := &MissingError{Dir: s.Dir}
	for _, name := range names {
		if _, done := values[name]; done {
			continue
		}
		v, err := s.Get(name)
		var m *MissingError
		if errors.As(err, &m) {
			missing.Names = append(missing.Names, name)
		} else if err != nil {
			return nil, err
		}
		values[name] = v
	}
	if len(missing.Names) > 0 {
		return nil, missing
	}
	return values, nil
}

var (
	plainName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)
	reference = regexp.MustCompile(`\$\{(secret|resource):([^}"\\\n]*)\}`)
)

// Kinds of reference.
const (
	KindSecret   = "secret"   // ${secret:NAME}
	KindResource = "resource" // ${resource:NAME}
)

// Names returns what a text refers to: secrets and resources, in order, each
// once.
func Names(text []byte) (secrets, resources []string) {
	seen := map[string]bool{}
	for _, m := range reference.FindAllSubmatch(text, -1) {
		key := string(m[0])
		if seen[key] {
			continue
		}
		seen[key] = true
		if string(m[1]) == KindSecret {
			secrets = append(secrets, string(m[2]))
		} else {
			resources = append(resources, string(m[2]))
		}
	}
	return secrets, resources
}

// Values are what references stand for.
type Values struct{ Secrets, Resources map[string]string }

// Text fills in a plain text.
func (v Values) Text(text string) (string, error) {
	if !strings.Contains(text, "${") {
		return text, nil
	}
	out, err := fill([]byte(text), func(s string) []byte { return []byte(s) }, v.get)
	return string(out), err
}

// Plan fills in a compiled plan. Secrets go into options of tables and nowhere else:
// descriptions, which the web UI shows, keep the reference, and one in any other
// place is an error.
func (v Values) Plan(doc []byte) ([]byte, error) {
	if !bytes.Contains(doc, []byte("${")) {
		return doc, nil
	}
	mentions, err := plan.Mentions(doc)
	if err == nil {
		err = plan.StraySecrets(mentions)
	}
	if err != nil {
		return nil, err
	}
	var out []byte
	done := 0
	for _, m := range mentions {
		if m.Place != plan.InOption {
			continue
		}
		value, ok := v.Secrets[m.Name]
		if !ok {
			return nil, fmt.Errorf("%s: there is no secret of this name", doc[m.Start:m.End])
		}
		between, err := v.resourcesOf(doc[done:m.Start])
		if err != nil {
			return nil, err
		}
		out = append(append(out, between...), insideJSON(value)...)
		done = m.End
	}
	rest, err := v.resourcesOf(doc[done:])
	return append(out, rest...), err
}

// resourcesOf fills in a piece of a JSON document, but no secrets.
func (v Values) resourcesOf(piece []byte) ([]byte, error) {
	return fill(piece, insideJSON, func(kind, name string) (string, bool) {
		if kind == KindSecret {
			return "${" + kind + ":" + name + "}", true
		}
		value, ok := v.Resources[name]
		return value, ok
	})
}

// insideJSON escapes a value as the inside of a string, the only place where the
// references of a plan stand.
func insideJSON(s string) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes
	quoted := bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
	return quoted[1 : len(quoted)-1]
}

// get looks a reference up.
func (v Values) get(kind, name string) (string, bool) {
	from := v.Secrets
	if kind == KindResource {
		from = v.Resources
	}
	value, ok := from[name]
	return value, ok
}

func fill(text []byte, escape func(string) []byte, get func(kind, name string) (string, bool)) ([]byte, error) {
	var err error
	out := reference.ReplaceAllFunc(text, func(ref []byte) []byte {
		m := reference.FindSubmatch(ref)
		value, ok := get(string(m[1]), string(m[2]))
		if !ok {
			err = fmt.Errorf("%s: there is no %s of this name", ref, m[1])
		}
		return escape(value)
	})
	return out, err
}
