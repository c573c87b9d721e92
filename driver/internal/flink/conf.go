package flink

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"gopkg.in/yaml.v3"
)

// ConfName is the name of Flink's configuration file in its conf directory
// (GlobalConfiguration.FLINK_CONF_FILENAME).
const ConfName = "config.yaml"

const (
	maxConfBytes = 16 << 20
	maxConfDepth = 64
	// maxConfNodes bounds what aliases can multiply a small file into.
	maxConfNodes = 20_000
)

// Conf is a config.yaml as Flink sees it: nested maps flattened to keys with
// dots, in the order of the file. Of a key that is there twice, once nested and
// once flat, the last one counts.
type Conf struct {
	keys   []string
	values map[string]*yaml.Node
}

// NewConf returns a Conf without options.
func NewConf() *Conf { return &Conf{values: map[string]*yaml.Node{}} }

// ParseConf reads a config.yaml. Errors name lines, never values.
func ParseConf(data []byte) (*Conf, error) {
	c := NewConf()
	if len(data) > maxConfBytes {
		return nil, fmt.Errorf("%d bytes, but a Flink configuration has at most %d", len(data), maxConfBytes)
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := dec.Decode(&doc); err == io.EOF {
		return c, nil
	} else if err != nil {
		return nil, err
	}
	if err := dec.Decode(new(yaml.Node)); err != io.EOF {
		return nil, errors.New("more than one YAML document")
	}
	root := doc.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return c, nil
	}
	nodes := maxConfNodes
	return c, c.flatten("", root, 0, &nodes)
}

func (c *Conf) flatten(prefix string, n *yaml.Node, depth int, nodes *int) error {
	if *nodes--; *nodes < 0 || depth > maxConfDepth {
		return fmt.Errorf("line %d: too deep or too many values", n.Line)
	}
	switch n.Kind {
	case yaml.AliasNode:
		return c.flatten(prefix, n.Alias, depth+1, nodes)
	case yaml.MappingNode:
		seen := make(map[string]bool, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			if key.Kind != yaml.ScalarNode {
				return fmt.Errorf("line %d: a key is not a plain word", key.Line)
			}
			if seen[key.Value] {
				return fmt.Errorf("line %d: key %q is there twice", key.Line, key.Value)
			}
			seen[key.Value] = true
			name := key.Value
			if prefix != "" {
				name = prefix + "." + name
			}
			if err := c.flatten(name, value, depth+1, nodes); err != nil {
				return err
			}
		}
		return nil
	}
	if prefix == "" {
		return errors.New("not a map of options")
	}
	value, err := expand(n, depth, nodes)
	if err != nil {
		return err
	}
	c.put(prefix, value)
	return nil
}

// expand copies a value without its anchors, aliases and comments, none of
// which survive a flat file.
func expand(n *yaml.Node, depth int, nodes *int) (*yaml.Node, error) {
	if *nodes--; *nodes < 0 || depth > maxConfDepth {
		return nil, fmt.Errorf("line %d: too deep or too many values", n.Line)
	}
	if n.Kind == yaml.AliasNode {
		return expand(n.Alias, depth+1, nodes)
	}
	out := &yaml.Node{Kind: n.Kind, Tag: n.Tag, Value: n.Value, Style: n.Style &^ (yaml.LiteralStyle | yaml.FoldedStyle)}
	if n.Kind == yaml.ScalarNode && strings.ContainsAny(n.Value, "\n\r") {
		out.Style = yaml.DoubleQuotedStyle
	}
	for _, child := range n.Content {
		e, err := expand(child, depth+1, nodes)
		if err != nil {
			return nil, err
		}
		out.Content = append(out.Content, e)
	}
	return out, nil
}

func (c *Conf) put(key string, value *yaml.Node) {
	if _, ok := c.values[key]; !ok {
		c.keys = append(c.keys, key)
	}
	c.values[key] = value
}

// Set gives an option a string value. Flink converts strings to whatever type
// the option has.
func (c *Conf) Set(key, value string) { c.put(key, stringNode(value)) }

func stringNode(value string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
	if strings.ContainsAny(value, "\n\r\t\u0085\u2028\u2029") {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// Get returns an option's value as text; a list as the YAML it was written in.
func (c *Conf) Get(key string) (string, bool) {
	n, ok := c.values[key]
	if !ok {
		return "", false
	}
	if n.Kind == yaml.ScalarNode {
		return n.Value, true
	}
	text, err := yaml.Marshal(n)
	if err != nil {
		return "", false
	}
	return strings.TrimSpace(string(text)), true
}

// Keys returns the options' names in the order of the file.
func (c *Conf) Keys() []string { return append([]string(nil), c.keys...) }

// Replace passes every text of every option, those inside lists too, through f.
func (c *Conf) Replace(f func(key, text string) (string, error)) error {
	for _, key := range c.keys {
		if err := replace(key, c.values[key], f); err != nil {
			return err
		}
	}
	return nil
}

func replace(key string, n *yaml.Node, f func(key, text string) (string, error)) error {
	if n.Kind == yaml.ScalarNode {
		text, err := f(key, n.Value)
		if err != nil {
			return err
		}
		if text != n.Value {
			*n = *stringNode(text)
		}
		return nil
	}
	for _, child := range n.Content {
		if err := replace(key, child, f); err != nil {
			return err
		}
	}
	return nil
}

// Bytes writes the options as a config.yaml with flat keys.
func (c *Conf) Bytes() ([]byte, error) {
	root := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for _, key := range c.keys {
		root.Content = append(root.Content, stringNode(key), c.values[key])
	}
	if len(c.keys) == 0 {
		return nil, nil
	}
	return yaml.Marshal(root)
}
