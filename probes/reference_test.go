package probes

import (
	"bytes"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/upheld/upheld/internal/config"
)

var update = flag.Bool("update", false, "write docs/reference/probes.md anew")

const referenceFile = "../docs/reference/probes.md"

func TestReference(t *testing.T) {
	if *update {
		if err := os.WriteFile(referenceFile, Reference(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile(referenceFile)
	if err != nil || !bytes.Equal(written, Reference()) {
		t.Errorf("%s is not what the settings say (%v); run go test ./probes -update", referenceFile, err)
	}
}

// Every setting of every type is written down, under a name of its own.
func TestSettingsAreDescribed(t *testing.T) {
	for _, one := range Types() {
		if one.Name == "" || one.Summary == "" || one.Example == "" {
			t.Errorf("type %+v is not described", one)
		}
		if strings.HasPrefix(one.Notes, "\n") || one.Notes != "" && !strings.HasSuffix(one.Notes, "\n") {
			t.Errorf("the notes of %s do not stand apart", one.Name)
		}
		described(t, one.Name, reflect.TypeOf(one.New()).Elem())
		if found, ok := TypeNamed(one.Name); !ok || found.Summary != one.Summary {
			t.Errorf("%s is not found by its name", one.Name)
		}
	}
	if _, ok := TypeNamed("gopher"); ok {
		t.Error("a type that there is not is found")
	}
}

func described(t *testing.T, path string, group reflect.Type) {
	t.Helper()
	for i := range group.NumField() {
		field := group.Field(i)
		if field.Tag.Get("yaml") == "" || field.Tag.Get("doc") == "" || strings.ContainsAny(field.Tag.Get("doc"), "|\n") {
			t.Errorf("%s: %s has no name or no fit description", path, field.Name)
		}
		inner := field.Type
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
			inner = inner.Elem()
		}
		if isGroup(inner) {
			described(t, path+"."+field.Tag.Get("yaml"), inner)
		}
	}
}

// The examples are read as the configuration reads them, and can be looked at.
func TestExamples(t *testing.T) {
	kinds := config.Kinds{Monitors: config.Table{}}
	for _, one := range Types() {
		kinds.Monitors[one.Name] = func() any { return one.New() }
	}
	secret := func(string) (string, bool) { return "0123456789abcdef", true }
	for _, one := range Types() {
		text := "components:\n  - name: It\n    monitors:\n      - " + strings.ReplaceAll(strings.TrimSpace(one.Example), "\n", "\n        ") + "\n"
		file, err := config.Parse("example.yaml", []byte(text), kinds, secret)
		if err != nil {
			t.Errorf("%s: %v", one.Name, err)
			continue
		}
		settings, ok := file.Components[0].Monitors[0].Settings.(Settings)
		if !ok {
			t.Fatalf("%s: decoded into %T", one.Name, file.Components[0].Monitors[0].Settings)
		}
		if _, err := settings.Build(testEnv()); err != nil {
			t.Errorf("%s: %v", one.Name, err)
		}
		if target := settings.Target(); (target == "") != (one.Name == "heartbeat" || one.Name == "alertmanager") || strings.ContainsAny(target, ":/") {
			t.Errorf("%s: the target is %q", one.Name, target)
		}
	}
}
