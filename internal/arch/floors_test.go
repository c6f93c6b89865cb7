package arch

import (
	"bytes"
	"encoding/json"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/upheld/upheld"

// A unit is one package as `go list` tells it.
type unit struct {
	ImportPath, Dir string
	GoFiles         []string
	TestGoFiles     []string
	XTestGoFiles    []string
	Imports         []string
}

// name is the package's path within the module.
func (u unit) name() string { return strings.TrimPrefix(u.ImportPath, module+"/") }

var units = sync.OnceValues(func() ([]unit, error) {
	list := exec.Command("go", "list", "-e", "-json=ImportPath,Dir,GoFiles,TestGoFiles,XTestGoFiles,Imports", "./...")
	list.Dir = filepath.Join("..", "..")
	out, err := list.Output()
	if err != nil {
		return nil, err
	}
	var all []unit
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var u unit
		if err := decoder.Decode(&u); err == io.EOF {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, u)
	}
})

func packages(t *testing.T) []unit {
	t.Helper()
	all, err := units()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	if len(all) < 5 {
		t.Fatalf("go list found %d packages; this test looks at nothing", len(all))
	}
	return all
}

// floorOf is the floor that the package stands on, 0 when on none.
func floorOf(name string) int {
	for _, f := range floors {
		if slices.Contains(f.packages, name) {
			return f.number
		}
	}
	return 0
}

func TestEveryPackageHasItsPlace(t *testing.T) {
	for _, u := range packages(t) {
		if floorOf(u.name()) == 0 && !slices.Contains(beside, u.name()) {
			t.Errorf("%s stands on no floor: list it in floors or beside", u.name())
		}
	}
}

func TestImportsRunDown(t *testing.T) {
	for _, u := range packages(t) {
		floor := floorOf(u.name())
		if floor == 0 {
			continue
		}
		for _, imported := range u.Imports {
			other, ours := strings.CutPrefix(imported, module+"/")
			if !ours || sideways[[2]string{u.name(), other}] != "" {
				continue
			}
			switch below := floorOf(other); {
			case below == 0:
				t.Errorf("%s imports %s, which is no part of the program", u.name(), other)
			case below >= floor:
				t.Errorf("%s (floor %d) imports %s (floor %d): declare the interface that it needs, or move what both need down",
					u.name(), floor, other, below)
			}
		}
	}
}

func TestSidewaysImportsAreUsed(t *testing.T) {
	used := map[[2]string]bool{}
	for _, u := range packages(t) {
		for _, imported := range u.Imports {
			used[[2]string{u.name(), strings.TrimPrefix(imported, module+"/")}] = true
		}
	}
	for pair := range sideways {
		if !used[pair] {
			t.Errorf("%s no longer imports %s: take the exception away", pair[0], pair[1])
		}
	}
}

func TestDependenciesHaveOneDoor(t *testing.T) {
	for _, u := range packages(t) {
		if u.name() == "internal/needs" || u.name() == "internal/store/storetest" {
			continue // test support
		}
		for _, imported := range u.Imports {
			if i := slices.IndexFunc(testOnly, func(m string) bool { return within(imported, m) }); i >= 0 {
				t.Errorf("%s imports %s, which is for tests only", u.name(), imported)
				continue
			}
			first, _, _ := strings.Cut(imported, "/")
			if !strings.Contains(first, ".") || within(imported, module) {
				continue
			}
			i := slices.IndexFunc(doors, func(d door) bool { return within(imported, d.module) })
			if i < 0 {
				t.Errorf("%s imports %s, which has no door: list it in doors", u.name(), imported)
			} else if to := doors[i].to; to != nil && !slices.Contains(to, u.name()) {
				t.Errorf("%s imports %s, whose door is %s", u.name(), imported, strings.Join(to, ", "))
			}
		}
	}
}

// within says whether the import path is the module's or in it.
func within(importPath, prefix string) bool {
	return importPath == prefix || strings.HasPrefix(importPath, prefix+"/")
}
