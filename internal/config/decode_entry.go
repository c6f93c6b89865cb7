package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v4"
)

// typed makes the settings of an entry that has a type; nil for all other
// structs.
func (d *decoder) typed(into reflect.Value, entries []entry, path string) *any {
	switch entry := into.Addr().Interface().(type) {
	case *Monitor:
		entry.Path, entry.Line = path, d.places[path].line
		entry.Settings = d.settings(entries, path, variant{"type", "monitor", d.kinds.Monitors})
		return &entry.Settings
	case *Channel:
		entry.Path, entry.Line = path, d.places[path].line
		entry.Settings = d.settings(entries, path, variant{"type", "channel", d.kinds.Channels})
		return &entry.Settings
	case *Commitment:
		entry.Path = path
		entry.Terms = d.settings(entries, path, variant{"kind", "commitment", policyKinds()})
		if entry.Terms != nil && d.explained(entries, entry.Terms) {
			entry.Terms = &noTerms{}
		}
		return &entry.Terms
	}
	return nil
}

// explained tells whether a promise has a reason why it is not measured, and no
// key of its kind.
func (d *decoder) explained(entries []entry, terms any) bool {
	has := func(key string) bool {
		return slices.ContainsFunc(entries, func(e entry) bool { return e.key == key })
	}
	return has("why") && !slices.ContainsFunc(d.fieldsOf(reflect.TypeOf(terms).Elem()), func(f field) bool { return has(f.name) })
}

// variant is how the form of an entry follows from one of its keys.
type variant struct {
	key   string // "type"
	of    string // "monitor"
	table Table
}

// settings makes the settings of an entry's type; nil when the type is missing
// or unknown.
func (d *decoder) settings(entries []entry, path string, v variant) any {
	for _, e := range entries {
		if e.key != v.key {
			continue
		}
		entry, path := path, join(path, v.key)
		d.places[path] = e.at
		node := e.node
		if node.Kind == yaml.AliasNode {
			node = node.Alias
		}
		if node.Kind != yaml.ScalarNode || node.ShortTag() == "!!null" {
			return nil // the key itself is refused later
		}
		if _, known := v.table[node.Value]; known {
			settings, check := v.table.make(node.Value)
			d.checks[entry] = check
			return settings
		}
		d.refuse(path, fmt.Sprintf("%q is not a %s of %s", node.Value, v.key, v.of), didYouMean(node.Value, slices.Sorted(maps.Keys(v.table))))
		return nil
	}
	return nil
}
