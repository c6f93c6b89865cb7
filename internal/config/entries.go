package config

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// entry is one key of a mapping.
type entry struct {
	key  string
	at   place
	node *yaml.Node
}

// entries lists the keys of a mapping: its own first, then those that << takes
// from elsewhere and the mapping does not have itself.
func (d *decoder) entries(n *yaml.Node, path string) (own, merged []entry) {
	lines := map[string]int{}
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := place{key.Line, key.Column}
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		first, again := lines[key.Value]
		switch {
		case key.ShortTag() == "!!merge":
			merges = append(merges, value)
		case key.Kind != yaml.ScalarNode || len(key.Value) > maxKey || key.ShortTag() == "!!null":
			d.refuseKey(at, path, "a key must be a short text", "write it as one word")
		case strings.Contains(key.Value, "${env:") || strings.Contains(key.Value, "${file:"):
			d.refuseKey(at, path, "a key cannot hold a reference", "use references in values alone")
		case again:
			d.refuseKey(at, join(path, key.Value), fmt.Sprintf("is given twice, first in line %d", first), "keep one")
		default:
			lines[key.Value] = at.line
			own = append(own, entry{key.Value, at, value})
		}
	}
	for _, merge := range merges {
		merged = append(merged, d.merged(merge, path, lines)...)
	}
	return own, merged
}

// merged lists what a merge key (<<) brings: a mapping, or a list of mappings
// of which the earlier win. Taken are the keys that are there already.
func (d *decoder) merged(n *yaml.Node, path string, taken map[string]int) []entry {
	at := place{n.Line, n.Column}
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	var found []entry
	d.aliased += 1 + len(n.Content)
	d.depth++
	defer func() { d.depth-- }()
	switch {
	case d.tooMuch(path):
	case n.Kind == yaml.SequenceNode:
		for _, item := range n.Content {
			found = append(found, d.merged(item, path, taken)...)
		}
	case n.Kind == yaml.MappingNode:
		own, deeper := d.entries(n, path)
		for _, e := range slices.Concat(own, deeper) {
			if _, has := taken[e.key]; !has {
				taken[e.key] = e.at.line
				found = append(found, e)
			}
		}
	default:
		d.refuseKey(at, join(path, "<<"), "<< takes keys and values from an anchor", "write <<: *name, of an anchor with keys and values")
	}
	return found
}

func (d *decoder) refuseKey(at place, path, what, remedy string) {
	d.problems = append(d.problems, Problem{File: d.name, Line: at.line, Column: at.column, Path: path, What: what, Remedy: remedy})
}
