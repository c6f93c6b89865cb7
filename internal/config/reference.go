package config

import (
	_ "embed" // for the head of the page
	"encoding"
	"fmt"
	"reflect"
	"strings"
)

//go:embed reference.md
var referenceHead string

// Reference is the reference of the file in Markdown: what stands in
// reference.md, and a table for each group of keys, made from the same tags
// that the file is read with. The settings of the types of monitors are not in
// it.
func Reference() []byte {
	var out strings.Builder
	out.WriteString(referenceHead)
	describe(&out, "", reflect.TypeFor[File]())
	return []byte(out.String())
}

// describe writes the table of a struct, then those of the structs in it.
func describe(out *strings.Builder, path string, t reflect.Type) {
	title := "`" + path + "`"
	if path == "" {
		title = "Top level"
	}
	fmt.Fprintf(out, "\n## %s\n\n| key | value | default | meaning |\n|---|---|---|---|\n", title)
	fields := fieldsOf(t)
	for _, f := range fields {
		fallback := "none"
		switch {
		case f.required:
			fallback = "required"
		case f.fallback != "":
			fallback = "`" + f.fallback + "`"
		case isGroup(f.typ):
			fallback = "below"
		case strings.Contains(f.doc, "nless given"):
			fallback = "derived"
		}
		fmt.Fprintf(out, "| `%s` | %s | %s | %s |\n", f.name, kindOf(f), fallback, f.doc)
	}
	for _, f := range fields {
		switch {
		case f.typ.Kind() == reflect.Pointer && isGroup(f.typ.Elem()):
			describe(out, join(path, f.name), f.typ.Elem())
		case isGroup(f.typ):
			describe(out, join(path, f.name), f.typ)
		case f.typ.Kind() == reflect.Slice && isGroup(f.typ.Elem()):
			describe(out, join(path, f.name)+"[]", f.typ.Elem())
		}
	}
}

// isGroup tells whether a type has keys of its own.
func isGroup(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && !reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// kindOf says in words what a key takes.
func kindOf(f field) string {
	t, list := f.typ, ""
	if t.Kind() == reflect.Slice && t != reflect.TypeFor[Names]() {
		t, list = t.Elem(), "list of "
	}
	switch {
	case len(f.enum) > 0:
		return list + "`" + strings.Join(f.enum, "`, `") + "`"
	case t == reflect.TypeFor[Duration]():
		return list + "length of time"
	case t == reflect.TypeFor[Percent]():
		return list + "percentage"
	case t == reflect.TypeFor[Zone]():
		return list + "time zone"
	case t == reflect.TypeFor[Network]():
		return list + "networks"
	case t == reflect.TypeFor[Window]():
		return list + "window"
	case t == reflect.TypeFor[Date]() || t == reflect.TypeFor[MaybeDate]():
		return list + "date"
	case t == reflect.TypeFor[Clock]():
		return list + "time of day"
	case t == reflect.TypeFor[Weekday]():
		return list + "days of the week"
	case t == reflect.TypeFor[Names]():
		return "text, or list of text"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t == reflect.TypeFor[Labels]():
		return "labels, each with a value or a list of values"
	case t.Kind() == reflect.Map:
		return "keys of your own, each with text"
	case t.Kind() == reflect.Pointer && isGroup(t.Elem()):
		return "keys below"
	case isGroup(t):
		return list + "keys below"
	case t.Kind() == reflect.Int && f.minimum != nil && f.maximum != nil:
		return fmt.Sprintf("%s%d to %d", list, *f.minimum, *f.maximum)
	}
	return list + "text"
}
