package config

import (
	_ "embed" // for the head of the page
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"
)

//go:embed policy.md
var policyHead string

// PolicySchema is the JSON Schema (draft 2020-12) of a document of promises, for
// editors.
func PolicySchema() ([]byte, error) {
	r := reflector(Kinds{})
	usual := r.Mapper
	r.Mapper = func(t reflect.Type) *jsonschema.Schema {
		if t == reflect.TypeFor[Commitment]() {
			return promises()
		}
		return usual(t)
	}
	document := r.Reflect(&Policy{})
	document.Title = "A document of promises, for Upheld"
	document.PatternProperties = map[string]*jsonschema.Schema{"^x-": jsonschema.TrueSchema}
	text, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the schema of policies: %w", err)
	}
	return append(text, '\n'), nil
}

// promises are the forms of a commitment: of each kind one with the kind's keys
// and one with a reason why it is not measured.
func promises() *jsonschema.Schema {
	v := variant{"kind", "How it is measured.", policyKinds()}
	choice := &jsonschema.Schema{Type: "object"}
	for _, name := range slices.Sorted(maps.Keys(v.table)) {
		made, _ := v.table.make(name)
		measured := form(Commitment{}, made, v, name)
		if name != "clock" { // which may have both
			measured.Properties.Delete("why")
		}
		explained := form(Commitment{}, noTerms{}, v, name)
		explained.Title = name + ", not measured"
		explained.Required = append(explained.Required, "why")
		choice.OneOf = append(choice.OneOf, measured, explained)
	}
	return choice
}

// PolicyReference is the reference of a document of promises in Markdown.
func PolicyReference() []byte {
	var out strings.Builder
	out.WriteString(policyHead)
	describe(&out, "", reflect.TypeFor[Policy]())
	table := policyKinds()
	for _, name := range slices.Sorted(maps.Keys(table)) {
		made, _ := table.make(name)
		describe(&out, "commitments[] of kind "+name, reflect.TypeOf(made).Elem())
	}
	return []byte(out.String())
}
