package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// single decodes text, a number, or true and false.
func (d *decoder) single(n *yaml.Node, path string, into reflect.Value) {
	kind := into.Type()
	text, ok := d.scalar(n, path, want(kind))
	if ok && !setText(into, text) {
		d.refuse(path, fmt.Sprintf("%s is not %s", d.quote(path, text), want(kind)), "write it like "+example(kind))
	}
}

// setText sets a value from its text; false when it cannot be.
func setText(into reflect.Value, text string) bool {
	if into.Kind() == reflect.Pointer {
		into.Set(reflect.New(into.Type().Elem()))
		into = into.Elem()
	}
	if value, ok := into.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return value.UnmarshalText([]byte(text)) == nil
	}
	switch kind := into.Kind(); kind {
	case reflect.String:
		into.SetString(text)
		return true
	case reflect.Bool:
		value, known := map[string]bool{"true": true, "yes": true, "on": true, "false": false, "no": false, "off": false}[strings.ToLower(text)]
		into.SetBool(value)
		return known
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if into.Type() == reflect.TypeFor[time.Duration]() {
			length, err := ParseDuration(text)
			into.SetInt(int64(length))
			return err == nil
		}
		value, err := strconv.ParseInt(text, 10, into.Type().Bits())
		into.SetInt(value)
		return err == nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		value, err := strconv.ParseUint(text, 10, into.Type().Bits())
		into.SetUint(value)
		return err == nil
	case reflect.Float32, reflect.Float64:
		value, err := strconv.ParseFloat(text, into.Type().Bits())
		into.SetFloat(value)
		return err == nil && value-value == 0 // neither infinite nor NaN
	default:
		return false
	}
}

// want says in words what a single value must be; example shows one.
func want(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	}
	if t == reflect.TypeFor[time.Duration]() {
		return "a length of time"
	}
	return "a whole number"
}

func example(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true"
	case reflect.Float32, reflect.Float64:
		return "0.5"
	}
	if t == reflect.TypeFor[time.Duration]() {
		return "30s"
	}
	return "3"
}

// scalar is the text of a single value, its references expanded.
func (d *decoder) scalar(n *yaml.Node, path, wanted string) (string, bool) {
	if !d.is(n, yaml.ScalarNode, path, wanted) {
		return "", false
	}
	if !strings.Contains(n.Value, "${") {
		return n.Value, true
	}
	if d.public {
		d.refuse(path, "holds a reference, and what is promised is public", "write the text itself, without ${")
		return "", false
	}
	text, found, err := d.expander.expand(n.Value)
	if err != nil {
		d.refuseError(path, err)
		return "", false
	}
	if found != nil {
		d.raw[path] = n.Value
		d.secrets = append(d.secrets, found...)
	}
	return text, true
}

// is tells whether a node is of the kind that is wanted, and refuses it
// otherwise.
func (d *decoder) is(n *yaml.Node, kind yaml.Kind, path, wanted string) bool {
	got := map[yaml.Kind]string{yaml.MappingNode: "keys and values", yaml.SequenceNode: "a list", yaml.ScalarNode: "a single value"}[n.Kind]
	tag := n.ShortTag()
	switch {
	case n.Kind == yaml.ScalarNode && tag == "!!null":
		d.refuse(path, "has no value", fmt.Sprintf("write %s, or remove the key", wanted))
		return false
	case n.Kind != kind:
		d.refuse(path, fmt.Sprintf("is %s where %s must stand", got, wanted), map[yaml.Kind]string{
			yaml.SequenceNode: "write it as [a, b], or one item a line after a hyphen",
			yaml.MappingNode:  "write it as {key: value}, or one key a line, indented",
			yaml.ScalarNode:   "write one value",
		}[kind])
		return false
	case n.Style&yaml.TaggedStyle != 0 && (kind != yaml.ScalarNode || !plainTag(tag)):
		d.refuse(path, fmt.Sprintf("the tag %s is not understood", tag), "remove it")
		return false
	}
	return true
}

func plainTag(tag string) bool {
	return tag == "!!str" || tag == "!!int" || tag == "!!float" || tag == "!!bool"
}
