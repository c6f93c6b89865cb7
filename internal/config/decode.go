package config

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Bounds of what is read, far over what any honest file needs.
const (
	maxDepth = 64  // of nesting
	maxKey   = 256 // bytes of a key
	// What is reached through aliases, in values and merged keys, over one for
	// each byte of the file: "billion laughs" end here.
	maxAliased = 20_000
)

// place is where something stands: its key, or itself in a list.
type place struct{ line, column int }

// decoder turns nodes into values. It never stops at a problem: it notes it
// with its place and goes on. It walks the nodes itself because the YAML
// library's own strict decoding gives lines without columns, no paths, and
// expands nothing.
type decoder struct {
	name     string
	kinds    Kinds
	expander expander
	problems Problems
	beside   Problems // of the files that this one names
	places   map[string]place
	wrong    map[string]bool                 // paths with a problem
	raw      map[string]string               // of expanded values: what the file itself says
	checks   map[string]func(Duration) error // of an entry's settings, by its path
	secrets  []string
	fields   map[reflect.Type][]field
	public   bool // what is read is shown to everybody and holds no references
	size     int  // of the file in bytes
	depth    int
	aliases  int  // how many aliases we are inside of
	aliased  int  // how many values were read inside of one
	stopped  bool // too much: the rest is not read
}

func newDecoder(name string, size int, kinds Kinds, e expander) *decoder {
	return &decoder{
		name: name, size: size, kinds: kinds, expander: e,
		places: map[string]place{}, wrong: map[string]bool{}, raw: map[string]string{},
		checks: map[string]func(Duration) error{},
		fields: map[reflect.Type][]field{},
	}
}

// file decodes the whole document.
func (d *decoder) file(root *yaml.Node) *File {
	file := &File{}
	d.value(root, place{root.Line, root.Column}, "", reflect.ValueOf(file).Elem())
	file.name, file.places, file.secrets = d.name, d.places, d.secrets
	return file
}

// refuse notes a problem of the value at a path.
func (d *decoder) refuse(path, what, remedy string) {
	d.wrong[path] = true
	at := locate(d.places, path)
	d.problems = append(d.problems, Problem{File: d.name, Line: at.line, Column: at.column, Path: path, What: what, Remedy: remedy})
}

// refuseError notes why a value was refused by its type. Of a value that came
// from a reference nothing is repeated but the reference: both what is wrong
// and the remedy may quote it.
func (d *decoder) refuseError(path string, err error) {
	what, remedy, told := strings.Cut(err.Error(), "; ")
	if !told {
		remedy = "correct the value"
	}
	why := refusal{what, remedy}
	errors.As(err, &why)
	if raw, secret := d.raw[path]; secret {
		why = refusal{fmt.Sprintf("what %s stands for cannot be used here", raw), "check its value"}
	}
	d.refuse(path, why.what, why.remedy)
}

// value decodes one node. At is where it stands.
func (d *decoder) value(n *yaml.Node, at place, path string, into reflect.Value) {
	d.places[path] = at
	if n.Kind == yaml.AliasNode {
		d.aliases++
		defer func() { d.aliases-- }()
		n = n.Alias
	}
	if d.aliases > 0 {
		d.aliased++
	}
	d.depth++
	defer func() { d.depth-- }()
	if d.tooMuch(path) {
		return
	}
	if _, may := into.Addr().Interface().(nullable); may && n.ShortTag() == "!!null" {
		return
	}
	if names, may := into.Addr().Interface().(*Names); may && n.Kind == yaml.ScalarNode && n.ShortTag() != "!!null" {
		*names = make(Names, 1) // one alone
		d.value(n, at, path+"[0]", reflect.ValueOf(&(*names)[0]).Elem())
		return
	}
	if into.Kind() == reflect.Pointer {
		into.Set(reflect.New(into.Type().Elem()))
		into = into.Elem()
	}
	if text, ok := into.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if word, ok := d.scalar(n, path, "a single value"); ok {
			if err := text.UnmarshalText([]byte(word)); err != nil {
				d.refuseError(path, err)
			}
		}
		return
	}
	switch into.Kind() {
	case reflect.Struct:
		d.mapping(n, path, into)
	case reflect.Slice:
		d.list(n, path, into)
	case reflect.Map:
		d.table(n, path, into)
	case reflect.Interface:
		d.anything(n, path, into)
	default:
		d.single(n, path, into)
	}
}

// tooMuch tells whether to stop reading. It says why once.
func (d *decoder) tooMuch(path string) bool {
	switch {
	case d.stopped:
	case d.depth > maxDepth:
		d.refuse(path, fmt.Sprintf("is nested more than %d deep", maxDepth), "flatten it")
		d.stopped = true
	case d.aliased > maxAliased+d.size:
		d.refuse(path, "aliases stand for too much", "use fewer aliases inside what aliases stand for")
		d.stopped = true
	}
	return d.stopped
}

// mapping decodes a struct. The keys of an entry that has a type go to the
// entry, to its settings, or to both.
func (d *decoder) mapping(n *yaml.Node, path string, into reflect.Value) {
	if !d.is(n, yaml.MappingNode, path, "keys and values") {
		return
	}
	own, merged := d.entries(n, path)
	entries := slices.Concat(own, merged)
	targets, open := []reflect.Value{into}, path == ""
	if typed := d.typed(into, entries, path); typed != nil {
		if *typed != nil {
			targets = append(targets, reflect.ValueOf(*typed).Elem())
		} else {
			open = true // without a type, nobody knows which keys are right
		}
	}
	for _, target := range targets {
		d.defaults(target)
	}
	present := map[string]bool{}
	for _, e := range entries {
		present[e.key] = true
		if !d.key(e, path, targets) && !(open && (path != "" || strings.HasPrefix(e.key, "x-"))) {
			d.refuseKey(e.at, join(path, e.key), "is not a key that is known here", didYouMean(e.key, d.known(targets)))
		}
	}
	for _, target := range targets {
		for _, f := range d.fieldsOf(target.Type()) {
			if f.required && !present[f.name] {
				d.refuse(join(path, f.name), "is missing", "add it: "+firstSentence(f.doc))
			}
		}
	}
}

// key decodes an entry into every target that has it; false when none has.
func (d *decoder) key(e entry, path string, targets []reflect.Value) bool {
	found := false
	for _, target := range targets {
		for _, f := range d.fieldsOf(target.Type()) {
			if f.name != e.key {
				continue
			}
			found = true
			path, value := join(path, e.key), target.FieldByIndex(f.index)
			d.value(e.node, e.at, path, value)
			if !d.wrong[path] {
				d.bounds(f, path, value)
			}
		}
	}
	return found
}

// bounds keeps a value to what its tags say.
func (d *decoder) bounds(f field, path string, value reflect.Value) {
	switch value.Kind() {
	case reflect.String:
		for _, word := range f.enum {
			if word == value.String() {
				return
			}
		}
		if len(f.enum) > 0 {
			d.refuse(path, d.quote(path, value.String())+" is not known", didYouMean(value.String(), f.enum))
		} else if f.required && strings.TrimSpace(value.String()) == "" {
			d.refuse(path, "is empty", "write something: "+firstSentence(f.doc))
		} else if f.filled && value.String() == "" {
			d.refuse(path, "is empty and so decides nothing", "write something, or remove the key: "+firstSentence(f.doc))
		}
	case reflect.Slice:
		if value.Len() < f.minItems {
			d.refuse(path, fmt.Sprintf("lists %d where at least %d must stand", value.Len(), f.minItems), "list them: "+firstSentence(f.doc))
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if f.minimum != nil && value.Int() < *f.minimum {
			d.refuse(path, d.quote(path, strconv.FormatInt(value.Int(), 10))+" is too little", fmt.Sprintf("use at least %d", *f.minimum))
		}
		if f.maximum != nil && value.Int() > *f.maximum {
			d.refuse(path, d.quote(path, strconv.FormatInt(value.Int(), 10))+" is too much", fmt.Sprintf("use at most %d", *f.maximum))
		}
	}
}

// defaults sets what the tags say for what nobody has set.
func (d *decoder) defaults(v reflect.Value) {
	for _, f := range d.fieldsOf(v.Type()) {
		value := v.FieldByIndex(f.index)
		switch {
		case f.fallback != "" && value.IsZero():
			setText(value, f.fallback)
		case value.Kind() == reflect.Struct && f.fallback == "":
			if _, text := value.Addr().Interface().(encoding.TextUnmarshaler); !text {
				d.defaults(value)
			}
		}
	}
}

func (d *decoder) list(n *yaml.Node, path string, into reflect.Value) {
	if !d.is(n, yaml.SequenceNode, path, "a list") {
		return
	}
	items := reflect.MakeSlice(into.Type(), len(n.Content), len(n.Content))
	for i, item := range n.Content {
		d.value(item, place{item.Line, item.Column}, fmt.Sprintf("%s[%d]", path, i), items.Index(i))
	}
	into.Set(items)
}

func (d *decoder) table(n *yaml.Node, path string, into reflect.Value) {
	if !d.is(n, yaml.MappingNode, path, "keys and values") {
		return
	}
	own, merged := d.entries(n, path)
	table := reflect.MakeMap(into.Type())
	for _, e := range slices.Concat(own, merged) {
		value := reflect.New(into.Type().Elem()).Elem()
		d.value(e.node, e.at, join(path, e.key), value)
		key := reflect.New(into.Type().Key()).Elem()
		if !setText(key, e.key) {
			d.refuse(join(path, e.key), "is not a key that can be used here", "correct it")
			continue
		}
		table.SetMapIndex(key, value)
	}
	into.Set(table)
}

// anything decodes what has no type of its own: as a map, a list, text, a
// number, true or false, or nil.
func (d *decoder) anything(n *yaml.Node, path string, into reflect.Value) {
	switch {
	case n.Kind == yaml.MappingNode:
		value := map[string]any{}
		d.table(n, path, reflect.ValueOf(&value).Elem())
		into.Set(reflect.ValueOf(value))
	case n.Kind == yaml.SequenceNode:
		value := []any{}
		d.list(n, path, reflect.ValueOf(&value).Elem())
		into.Set(reflect.ValueOf(value))
	case n.ShortTag() == "!!null":
		into.SetZero()
	default:
		text, ok := d.scalar(n, path, "a value")
		if !ok {
			return
		}
		var value any = text
		switch n.ShortTag() {
		case "!!int", "!!float", "!!bool":
			if err := n.Decode(&value); err != nil {
				d.refuse(path, fmt.Sprintf("%q is not a number", text), "put quotes around it to make it text")
			}
		}
		into.Set(reflect.ValueOf(value))
	}
}

func (d *decoder) fieldsOf(t reflect.Type) []field {
	fields, known := d.fields[t]
	if !known {
		fields = fieldsOf(t)
		d.fields[t] = fields
	}
	return fields
}

// known are the keys of the targets, each once.
func (d *decoder) known(targets []reflect.Value) []string {
	var names []string
	seen := map[string]bool{}
	for _, target := range targets {
		for _, f := range d.fieldsOf(target.Type()) {
			if !seen[f.name] {
				names, seen[f.name] = append(names, f.name), true
			}
		}
	}
	return names
}

// quote shows a value in a message: what the file says, never what a
// reference stands for.
func (d *decoder) quote(path, value string) string {
	if raw, secret := d.raw[path]; secret {
		return "what " + raw + " stands for"
	}
	return strconv.Quote(value)
}

func firstSentence(doc string) string {
	first, _, _ := strings.Cut(doc, ". ")
	return strings.TrimSuffix(first, ".")
}
