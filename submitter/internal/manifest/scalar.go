package manifest

import (
	"fmt"

	"gopkg.in/yaml.v3"
)

func (v *value) decodeNode(d *decoder, path string, n *yaml.Node) {
	if n.Kind != yaml.ScalarNode || isNull(n) {
		d.wrongType(n, path, "a text, number or boolean")
		return
	}
	*v = value(n.Value)
}

func (t *textNode) decodeNode(d *decoder, path string, n *yaml.Node) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" {
		d.wrongType(n, path, "text")
		return
	}
	t.Source, t.set = d.file.source(n), true
}

// decodeNode flattens nested mappings to dotted keys. A key replaces the
// template's, also where that uses another of Flink's names for the same option.
func (ps *properties) decodeNode(d *decoder, path string, n *yaml.Node) {
	if isNull(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		d.wrongType(n, path, "a mapping of Flink options")
		return
	}
	if *ps == nil {
		*ps = properties{}
	}
	ps.flatten(d, path, "", n)
}

func (ps *properties) flatten(d *decoder, path, prefix string, n *yaml.Node) {
	for _, p := range d.pairs(n, path) {
		key := join(prefix, p.key.Value)
		at := join(path, p.key.Value)
		v, ok := d.enter(p.value, at)
		if !ok {
			continue
		}
		switch {
		case v.Kind == yaml.MappingNode && len(v.Content) > 0:
			ps.flatten(d, at, key, v)
			continue
		case v.Kind != yaml.ScalarNode, isNull(v):
			d.wrongType(v, at, "a text, number or boolean")
			continue
		}
		canonical := canonicalOption(key)
		if set, ok := (*ps)[canonical]; ok {
			if set.layer == d.layer {
				d.add(d.at(p.key), fmt.Sprintf("'%s' and '%s' in line %d are the same Flink option", key, set.key, d.places[join("flinkProperties", set.key)].key.Line), "keep one of them")
			}
			delete(d.places, join("flinkProperties", set.key))
		}
		d.mark(join("flinkProperties", key), p)
		(*ps)[canonical] = property{Source: d.file.source(v), key: key, layer: d.layer}
	}
}

func (c *columns) decodeNode(d *decoder, path string, n *yaml.Node) {
	*c = columns{set: true}
	switch {
	case n.ShortTag() == "!!bool":
		c.On = n.Value == "true" || n.Value == "True" || n.Value == "TRUE"
		c.Off = !c.On
	case n.Kind == yaml.MappingNode:
		c.Names = map[string]string{}
		taken := map[string]string{}
		for _, p := range d.pairs(n, path) {
			c.name(d, path, p, taken)
		}
	default:
		d.wrongType(n, path, "true, false or a mapping of column names")
	}
}

func (c *columns) name(d *decoder, path string, p pair, taken map[string]string) {
	known := false
	for _, k := range MetadataColumnNames {
		known = known || k == p.key.Value
	}
	if !known {
		d.add(d.at(p.key), fmt.Sprintf("'%s' is not a metadata column", clip(p.key.Value)), didYouMean(p.key.Value, MetadataColumnNames))
		return
	}
	v, ok := d.enter(p.value, join(path, p.key.Value))
	if !ok {
		return
	}
	if v.Kind != yaml.ScalarNode || v.ShortTag() != "!!str" || v.Value == "" {
		d.wrongType(v, join(path, p.key.Value), "the name of a column")
		return
	}
	if other, ok := taken[v.Value]; ok {
		d.add(d.at(v), fmt.Sprintf("column '%s' is used for both %s and %s", clip(v.Value), other, p.key.Value), "")
		return
	}
	taken[v.Value] = p.key.Value
	d.mark(join(path, p.key.Value), p)
	c.Names[p.key.Value] = v.Value
}
