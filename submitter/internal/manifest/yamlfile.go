package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"gopkg.in/yaml.v3"
)

// yamlFile is a YAML file with its lines, which are needed to trace texts.
type yamlFile struct {
	name  string
	lines []string // without their ends
	roots []*yaml.Node
}

// parseYAML parses all documents of a file. If one is broken, none is returned:
// what stands before it may be cut off. Empty documents are left out.
func parseYAML(name string, data []byte, r *report) *yamlFile {
	f := &yamlFile{name: name}
	for rest := string(data); len(rest) > 0; {
		content, size := cutLine(rest)
		f.lines = append(f.lines, content)
		rest = rest[size:]
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		root, err := nextDocument(decoder)
		if errors.Is(err, io.EOF) {
			return f
		}
		if err != nil {
			f.roots = nil
			r.add(f.syntaxProblem(err))
			return f
		}
		if len(root.Content) == 1 && !isNull(root.Content[0]) {
			f.roots = append(f.roots, root.Content[0])
		}
	}
}

// nextDocument guards against the library's own panics on odd input.
func nextDocument(d *yaml.Decoder) (root *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("yaml: cannot be read")
		}
	}()
	root = &yaml.Node{}
	err = d.Decode(root)
	return root, err
}

// line is a line from 1; "" beyond the end.
func (f *yamlFile) line(n int) string {
	if n < 1 || n > len(f.lines) {
		return ""
	}
	return f.lines[n-1]
}

// source makes the Source of a scalar. Where the text cannot be traced to its
// characters, every position in it is the scalar's own.
func (f *yamlFile) source(n *yaml.Node) Source {
	at := Position{File: f.name, Line: n.Line, Column: n.Column}
	pieces := f.trace(n)
	if pieces == nil {
		return Source{Text: n.Value, At: at, pieces: []piece{{at: at, fixed: true}}}
	}
	if len(pieces) > 0 {
		at = pieces[0].at
	}
	return Source{Text: n.Value, At: at, pieces: pieces}
}
