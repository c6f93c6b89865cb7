package arch

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A source is one file of the program, without its tests.
type source struct {
	unit string
	path string // from the module's root
	file *ast.File
	set  *token.FileSet
	text []byte
}

func sources(t *testing.T) []source {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	var all []source
	for _, u := range packages(t) {
		for _, name := range u.GoFiles {
			path := filepath.Join(u.Dir, name)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, text, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			short, err := filepath.Rel(root, path)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, source{u.name(), filepath.ToSlash(short), file, set, text})
		}
	}
	return all
}

// at is the place of a node as an editor understands it.
func (s source) at(node ast.Node) string {
	return s.path + ":" + strconv.Itoa(s.set.Position(node.Pos()).Line)
}

// uses calls found for each mention of what the package at importPath exports.
func (s source) uses(importPath string, found func(name string, at ast.Node)) {
	local := ""
	for _, spec := range s.file.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err != nil || path != importPath {
			continue
		}
		local = importPath[strings.LastIndexByte(importPath, '/')+1:]
		if spec.Name != nil {
			local = spec.Name.Name
		}
	}
	if local == "" {
		return
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := selector.X.(*ast.Ident); ok && x.Name == local && x.Obj == nil {
				found(selector.Sel.Name, selector)
			}
		}
		return true
	})
}

func TestTimelessPackagesAreHandedTheTime(t *testing.T) {
	for _, s := range sources(t) {
		if !slices.Contains(timeless, s.unit) {
			continue
		}
		s.uses("time", func(name string, at ast.Node) {
			if slices.Contains(clock, name) {
				t.Errorf("%s: %s asks the clock (time.%s): take the time as an argument", s.at(at), s.unit, name)
			}
		})
	}
}

func TestPurePackagesActOnNothing(t *testing.T) {
	for _, s := range sources(t) {
		if !slices.Contains(pure, s.unit) {
			continue
		}
		for _, importPath := range actors {
			s.uses(importPath, func(name string, at ast.Node) {
				if !slices.Contains(harmless, importPath+"."+name) {
					t.Errorf("%s: %s is pure and uses %s.%s", s.at(at), s.unit, importPath, name)
				}
			})
		}
	}
}

func TestBans(t *testing.T) {
	for _, s := range sources(t) {
		for _, b := range bans {
			if slices.Contains(b.except, s.unit) {
				continue
			}
			s.uses(b.importPath, func(name string, at ast.Node) {
				if slices.Contains(b.names, name) {
					t.Errorf("%s: %s.%s: %s", s.at(at), b.importPath, name, b.reason)
				}
			})
			for _, spec := range s.file.Imports {
				if b.names == nil && spec.Path.Value == strconv.Quote(b.importPath) {
					t.Errorf("%s imports %s: %s", s.at(spec), b.importPath, b.reason)
				}
			}
		}
	}
}

func TestNothingRunsByItself(t *testing.T) {
	for _, s := range sources(t) {
		for _, decl := range s.file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: func init runs unasked: write the list as a literal", s.at(f))
			}
		}
	}
}

// TestPackagesKeepNoState finds package variables that some function writes
// to, and locks, which only state needs. Two programs in one test would share
// them.
func TestPackagesKeepNoState(t *testing.T) {
	all := sources(t)
	names := map[string]bool{} // "package name" of every package variable
	declared := map[any]bool{} // their declarations
	for _, s := range all {
		for _, spec := range packageVars(s.file) {
			declared[spec] = true
			for _, name := range spec.Names {
				names[s.unit+" "+name.Name] = name.Name != "_"
			}
			if selector, ok := spec.Type.(*ast.SelectorExpr); ok {
				if x, ok := selector.X.(*ast.Ident); ok && (x.Name == "sync" || x.Name == "atomic") {
					t.Errorf("%s: a package variable of type %s.%s is state: put it into a value", s.at(spec), x.Name, selector.Sel.Name)
				}
			}
		}
	}
	for _, s := range all {
		for _, decl := range s.file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Body != nil {
				ast.Inspect(f.Body, func(n ast.Node) bool {
					for _, name := range written(n) {
						// The parser resolves names within a file only: what it
						// left open is declared in another file of the package.
						if names[s.unit+" "+name.Name] && (name.Obj == nil || declared[name.Obj.Decl]) {
							t.Errorf("%s: writes to the package variable %s", s.at(name), name.Name)
						}
					}
					return true
				})
			}
		}
	}
}

// packageVars are the file's var declarations outside functions.
func packageVars(file *ast.File) []*ast.ValueSpec {
	var all []*ast.ValueSpec
	for _, decl := range file.Decls {
		if g, ok := decl.(*ast.GenDecl); ok && g.Tok == token.VAR {
			for _, spec := range g.Specs {
				all = append(all, spec.(*ast.ValueSpec))
			}
		}
	}
	return all
}

// written are the names at the root of what a statement assigns to.
func written(n ast.Node) []*ast.Ident {
	var to []ast.Expr
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok == token.DEFINE {
			return nil
		}
		to = n.Lhs
	case *ast.IncDecStmt:
		to = []ast.Expr{n.X}
	}
	var names []*ast.Ident
	for _, e := range to {
		for e != nil {
			switch x := e.(type) {
			case *ast.Ident:
				names, e = append(names, x), nil
			case *ast.SelectorExpr:
				e = x.X
			case *ast.IndexExpr:
				e = x.X
			case *ast.StarExpr:
				e = x.X
			case *ast.ParenExpr:
				e = x.X
			default:
				e = nil
			}
		}
	}
	return names
}

func TestFilesAreShort(t *testing.T) {
	for _, s := range sources(t) {
		if ast.IsGenerated(s.file) {
			continue
		}
		lines := bytes.Count(s.text, []byte("\n"))
		if lines > longest && long[s.path] == "" {
			t.Errorf("%s has %d lines, over %d: is it two things?", s.path, lines, longest)
		}
	}
}
