package app

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/config"
)

var update = flag.Bool("update", false, "write the generated references anew")

// The schema that editors read is generated from the types that the file is
// read with; this keeps the copy in the repository in step.
func TestTheSchemaInTheRepositoryIsTheCurrentOne(t *testing.T) {
	const path = "../../docs/reference/config.schema.json"
	now, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, now, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(kept), string(now)); diff != "" {
		t.Errorf("%s is not what the types say (-kept +now); run make generate:\n%s", path, diff)
	}
}

// The examples are complete: they are read with the real probes.
func TestTheExamplesAreInOrder(t *testing.T) {
	examples, err := filepath.Glob("../../docs/examples/*.yaml")
	if err != nil || len(examples) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	env := func(name string) (string, bool) { return "a-secret-that-is-long-enough-for-" + name, true }
	for _, path := range examples {
		file, err := config.Load(path, Kinds(), env)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if _, err := NewPlan(file, newEnvironment(&jobs{})); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}
