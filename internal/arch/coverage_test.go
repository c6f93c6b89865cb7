package arch

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/config"
)

var update = flag.Bool("update", false, "write docs/coverage.md anew")

// rowTest is the name of a test that shows a row of the documents that ship:
// TestP23ChangesAreAnnounced shows P23.
var rowTest = regexp.MustCompile(`^Test([PEI][0-9]{1,2})($|[A-Z])`)

// TestCoverageIsTrue keeps docs/coverage.md to what tests there are.
func TestCoverageIsTrue(t *testing.T) {
	const path = "docs/coverage.md"
	shown := rowTests(t)
	page := coverage(t, shown)
	if *update {
		if err := os.WriteFile(filepath.Join(root, path), []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if readFile(t, filepath.Join(root, path)) != page {
		t.Errorf("%s is not what the tests say; run go test ./internal/arch -run Coverage -update", path)
	}
	for row, tests := range shown {
		t.Errorf("%v: there is no row %s", tests, row)
	}
}

// rowTests are the tests named after rows, by row, each with its file.
func rowTests(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "node_modules" || entry.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		for _, decl := range file.Decls {
			f, is := decl.(*ast.FuncDecl)
			if !is || f.Recv != nil {
				continue
			}
			if match := rowTest.FindStringSubmatch(f.Name.Name); match != nil {
				found[match[1]] = append(found[match[1]], fmt.Sprintf("[%s](../%s)", f.Name.Name, filepath.ToSlash(relative)))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// coverage is the page. Rows that it lists are taken out of shown.
func coverage(t *testing.T, shown map[string][]string) string {
	t.Helper()
	var tables strings.Builder
	rows, open := 0, 0
	for _, name := range config.Profiles() {
		text, _ := config.Profile(name)
		policy, err := config.ParsePolicy(name, text, config.PolicyNames{Calendars: calendar.ShippedIDs(), Holidays: calendar.ShippedHolidayIDs()})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&tables, "\n## %s\n\n| row | promise | kind | shown by |\n|---|---|---|---|\n", policy.Title)
		for _, c := range policy.Commitments {
			tests := shown[c.ID]
			delete(shown, c.ID)
			slices.Sort(tests)
			by := strings.Join(tests, "<br>")
			if rows++; by == "" {
				by, open = "open", open+1
			}
			fmt.Fprintf(&tables, "| %s | %s | %s | %s |\n", c.ID, strings.ReplaceAll(c.Says, "|", "\\|"), c.Kind, by)
		}
	}
	return fmt.Sprintf(`<!-- Generated from the names of tests by `+"`go test ./internal/arch -run Coverage -update`"+`. -->

# What of the three documents is shown

Each promise of the documents that ship, and the tests that show what it comes to:
those named after it. %d of %d rows are shown; %d are open.
`, rows-open, rows, open) + tables.String()
}
