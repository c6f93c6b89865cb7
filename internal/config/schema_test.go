package config

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := Schema(kinds())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/schema.json", text)
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// validate judges a file as an editor would.
func validate(t *testing.T, s *jsonschema.Schema, text string) error {
	t.Helper()
	// Our YAML reader makes times of dates; those of editors leave them as text.
	text = regexp.MustCompile(`([ {[])([0-9]{4}-[0-9]{2}-[0-9]{2})([]:,}\n])`).ReplaceAllString(text, `$1"$2"$3`)
	var value any
	if err := yaml.Load([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	value, err = jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(value)
}

func TestSchemaAccepts(t *testing.T) {
	s := schema(t)
	for _, name := range []string{"minimal", "full"} {
		text, err := os.ReadFile("../../docs/examples/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(t, s, string(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, change := range []string{
		`interval: "${env:D}"`, `confirm: {failures: "${env:N}"}`, `follow: "${file:follow}"`, `method: "${env:M}"`,
		`expect: {status: ["${env:S}", 200], slower_than: 1d2h, json: {"$.a": [1, {b: ~}]}}`, `id: a-1`,
	} {
		text := strings.Replace(least, "url:", change+", url:", 1)
		if err := validate(t, s, text); err != nil {
			t.Errorf("%s: %v", change, err)
		}
	}
	service := least + "services: [{name: S, components: [a], target: TARGET, window: WINDOW}]\n"
	for target, window := range map[string]string{"99.95%": "30d", "99.95": "rolling_30d", "100": "calendar_year", `"${env:T}"`: `"${env:W}"`} {
		if err := validate(t, s, strings.NewReplacer("TARGET", target, "WINDOW", window).Replace(service)); err != nil {
			t.Errorf("%s, %s: %v", target, window, err)
		}
	}
}

func TestSchemaRefuses(t *testing.T) {
	s := schema(t)
	for _, change := range []string{
		"intervall: 30s", "interval: 30", "interval: soon", "every: 1d", "type: htp", "method: GTE", "expect: {statuss: [200]}",
		"expect: {status: 200}", "confirm: {failures: 0}", "follow: maybe", "id: Sign In", "confirm: [1]", "tls: {nam: x}",
	} {
		text := strings.Replace(least, "url:", change+", url:", 1)
		if strings.HasPrefix(change, "type:") {
			text = strings.Replace(least, "type: http", change, 1)
		}
		if validate(t, s, text) == nil {
			t.Errorf("%s was accepted", change)
		}
		if _, err := Parse("upheld.yaml", []byte(text), kinds(), env); err == nil {
			t.Errorf("%s was accepted by Parse", change)
		}
	}
	for _, text := range []string{
		"{}", "components: []", "components: [{name: A}]", "components: [{monitors: [{type: http, url: x}]}]",
		"components: [{name: A, monitors: [{type: http}]}]", "page: {titel: A}\n" + least, "y-a: 1\n" + least,
		"log: {level: loud}\n" + least, "egress: {allow: [lan]}\n" + least,
	} {
		if validate(t, s, text) == nil {
			t.Errorf("%s was accepted", text)
		}
	}
}
