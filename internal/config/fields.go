package config

import (
	"reflect"
	"strconv"
	"strings"
)

// field is one key of a struct, as its tags describe it.
type field struct {
	name     string
	doc      string
	index    []int
	typ      reflect.Type
	required bool
	enum     []string
	fallback string // the default as text
	minimum  *int64 // of a number
	maximum  *int64
	minItems int  // of a list
	filled   bool // a text that is given must not be empty
}

// fieldsOf lists the keys of a struct, those of inlined structs in their
// place. Keys without a `yaml` tag are called as yaml would: in small letters.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name == "-" || !f.IsExported() && !f.Anonymous {
			continue
		}
		if f.Type.Kind() == reflect.Struct && (options == "inline" || f.Anonymous && name == "") {
			for _, inner := range fieldsOf(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				fields = append(fields, inner)
			}
			continue
		}
		if name == "" {
			name = strings.ToLower(f.Name)
		}
		this := field{name: name, doc: f.Tag.Get("doc"), index: f.Index, typ: f.Type}
		this.bounds(f.Tag.Get("jsonschema"))
		fields = append(fields, this)
	}
	return fields
}

// bounds reads those words of a jsonschema tag that the decoder keeps to.
func (f *field) bounds(tag string) {
	for _, word := range strings.Split(tag, ",") {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "required":
			f.required = true
		case "enum":
			f.enum = append(f.enum, value)
		case "default":
			f.fallback = value
		case "minLength":
			f.filled = true
		case "minimum", "maximum", "minItems":
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				continue
			}
			switch key {
			case "minimum":
				f.minimum = &n
			case "maximum":
				f.maximum = &n
			default:
				f.minItems = int(n)
			}
		}
	}
}
