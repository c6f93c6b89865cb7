package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"
)

// Schema is the JSON Schema (draft 2020-12) of the file, for editors. It is
// made from the same types and tags that the file is read with: a key that is
// not known is refused, and an entry has the keys of its type. What depends
// on more than one value, such as a timeout and its interval, is left to
// Parse.
func Schema(kinds Kinds) ([]byte, error) {
	file := reflector(kinds).Reflect(&File{})
	file.Title = "Upheld's configuration"
	file.PatternProperties = map[string]*jsonschema.Schema{"^x-": jsonschema.TrueSchema}
	allowReferences(file)
	text, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the schema: %w", err)
	}
	return append(text, '\n'), nil
}

func reflector(kinds Kinds) *jsonschema.Reflector {
	r := &jsonschema.Reflector{
		Anonymous: true, DoNotReference: true, ExpandedStruct: true,
		RequiredFromJSONSchemaTags: true,
		FieldNameTag:               "yaml",
		KeyNamer:                   strings.ToLower,
		LookupComment: func(t reflect.Type, name string) string {
			if t.Kind() != reflect.Struct || name == "" {
				return ""
			}
			f, _ := t.FieldByName(name)
			return f.Tag.Get("doc")
		},
	}
	r.Mapper = func(t reflect.Type) *jsonschema.Schema {
		switch {
		case t == reflect.TypeFor[Monitor]() && kinds.Monitors != nil:
			return alternatives(Monitor{}, variant{"type", "How to look.", kinds.Monitors})
		case t == reflect.TypeFor[Channel]() && kinds.Channels != nil:
			return alternatives(Channel{}, variant{"type", "Which service.", kinds.Channels})
		}
		return nil
	}
	return r
}

// alternatives is one form of an entry for each type, told apart by the word
// under the variant's key, which its text explains.
func alternatives(base any, v variant) *jsonschema.Schema {
	choice := &jsonschema.Schema{Type: "object"}
	for _, name := range slices.Sorted(maps.Keys(v.table)) {
		made, _ := v.table.make(name)
		choice.OneOf = append(choice.OneOf, form(base, made, v, name))
	}
	return choice
}

// form is an entry with the keys of one type.
func form(base, made any, v variant, name string) *jsonschema.Schema {
	entry := reflector(Kinds{}).Reflect(base)
	settings := reflector(Kinds{}).Reflect(made)
	for key := settings.Properties.Oldest(); key != nil; key = key.Next() {
		entry.Properties.Set(key.Key, key.Value)
	}
	entry.Version, entry.Title = "", name
	entry.Required = append(entry.Required, settings.Required...)
	entry.Properties.Set(v.key, &jsonschema.Schema{Const: name, Description: v.of})
	return entry
}

// allowReferences lets ${env:NAME} and ${file:PATH} stand wherever a single
// value has a narrower form than text.
func allowReferences(s *jsonschema.Schema) {
	if s == nil {
		return
	}
	reference := &jsonschema.Schema{Type: "string", Pattern: `\$\{(env|file):[^}]+\}`}
	forms := slices.Concat(s.AnyOf, s.OneOf)
	switch {
	case len(forms) > 0 && forms[0].Type != "object":
		// A reference would be several forms at once, which oneOf forbids.
		forms = append(forms, reference)
		s.AnyOf, s.OneOf = forms, nil
		return
	case narrow(s):
		form := *s
		form.Description, form.Default, form.Examples = "", nil, nil
		*s = jsonschema.Schema{
			Description: s.Description, Default: s.Default, Examples: s.Examples,
			AnyOf: []*jsonschema.Schema{&form, reference},
		}
		return
	}
	for _, inner := range slices.Concat(forms, []*jsonschema.Schema{s.Items, s.AdditionalProperties}) {
		allowReferences(inner)
	}
	if s.Properties != nil {
		for key := s.Properties.Oldest(); key != nil; key = key.Next() {
			allowReferences(key.Value)
		}
	}
}

// narrow tells whether a single value has a narrower form than text.
func narrow(s *jsonschema.Schema) bool {
	switch s.Type {
	case "integer", "number", "boolean":
		return true
	case "string":
		return len(s.Enum) > 0 || s.Pattern != "" || s.Format != "" || s.MinLength != nil || s.MaxLength != nil
	}
	return false
}
