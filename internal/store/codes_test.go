package store

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/uptime"
)

// declaredCodes are the constants of type Code in package uptime.
func declaredCodes(t *testing.T) (codes []uptime.Code) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../uptime/observation.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, is := n.(*ast.ValueSpec); is {
			if name, is := spec.Type.(*ast.Ident); is && name.Name == "Code" {
				word, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				codes = append(codes, uptime.Code(word))
			}
		}
		return true
	})
	if len(codes) < 20 {
		t.Fatalf("found %d codes; this test looks at nothing", len(codes))
	}
	return codes
}

func TestEveryCodeHasANumber(t *testing.T) {
	for _, code := range declaredCodes(t) {
		if _, listed := codeNumbers[code]; !listed {
			t.Errorf("code %q has no number: give it the next one in codes.go and in testdata/codes.txt", code)
		}
	}
	for outcome := uptime.Unseen; outcome <= uptime.Fail; outcome++ {
		for code := range codeNumbers {
			packed, err := packVerdict(outcome, code)
			if err != nil {
				t.Fatal(err)
			}
			if o, c := unpackVerdict(packed); o != outcome || c != code {
				t.Errorf("%s %q came back as %s %q", outcome, code, o, c)
			}
		}
	}
}

// Numbers stand in databases: one that changes turns history into another.
func TestNumbersOfCodesStay(t *testing.T) {
	var lines []string
	for code, number := range codeNumbers {
		lines = append(lines, fmt.Sprintf("%03d %s", number, code))
	}
	slices.Sort(lines)
	want, err := os.ReadFile("testdata/codes.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), strings.Join(lines, "\n")+"\n"); diff != "" {
		t.Errorf("numbers are only ever added (-released +now):\n%s", diff)
	}
}

func TestACodeOfANewerProgramKeepsItsOutcome(t *testing.T) {
	if o, c := unpackVerdict(999<<outcomeBits | 3); o != uptime.Fail || c != "" {
		t.Errorf("%s %q", o, c)
	}
}
