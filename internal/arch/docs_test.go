package arch

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root is the module's folder, as seen from this package's.
var root = filepath.Join("..", "..")

// documents are the Markdown files that people read, from this package's folder.
func documents(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(root, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(filepath.Join(root, "docs"), func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".md" {
			all = append(all, path)
		}
		return err
	})
	if err != nil || len(all) < 5 {
		t.Fatalf("found %d documents: %v", len(all), err)
	}
	return all
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	fence   = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	notSlug = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// TestLinksResolve follows the links between the documents: the file is there,
// and so is the heading.
func TestLinksResolve(t *testing.T) {
	for _, document := range documents(t) {
		text := readFile(t, document)
		for _, match := range link.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			to, err := url.Parse(match[1])
			if err != nil {
				t.Errorf("%s: %v", document, err)
				continue
			}
			if to.Scheme != "" {
				continue
			}
			path := document
			if to.Path != "" {
				path = filepath.Join(filepath.Dir(document), filepath.FromSlash(to.Path))
			}
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%s: the link %s leads nowhere", document, match[1])
			} else if to.Fragment != "" && !strings.Contains(anchors(readFile(t, path)), "#"+to.Fragment+"\n") {
				t.Errorf("%s: no heading for the link %s", document, match[1])
			}
		}
	}
}

// anchors lists a document's headings as GitHub names them, one a line.
func anchors(text string) string {
	var b strings.Builder
	for _, match := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		b.WriteString("#" + strings.ReplaceAll(notSlug.ReplaceAllString(strings.ToLower(match[1]), ""), " ", "-") + "\n")
	}
	return b.String()
}

// blocks are the documents' fenced blocks of one language.
func blocks(text, language string) []string {
	var all []string
	for _, match := range fence.FindAllStringSubmatch(text, -1) {
		if match[1] == language {
			all = append(all, match[2])
		}
	}
	return all
}

var makeTarget = regexp.MustCompile(`(?m)^([a-z-]+):`)

// TestMakeTargetsInDocumentsExist reads the commands of the `sh` blocks. The
// slow tests run the others.
func TestMakeTargetsInDocumentsExist(t *testing.T) {
	targets := map[string]bool{}
	for _, match := range makeTarget.FindAllStringSubmatch(readFile(t, filepath.Join(root, "Makefile")), -1) {
		targets[match[1]] = true
	}
	found := 0
	for _, document := range documents(t) {
		for _, block := range blocks(readFile(t, document), "sh") {
			for line := range strings.Lines(block) {
				words := strings.Fields(line)
				if len(words) > 1 && words[0] == "make" {
					found++
					if !targets[words[1]] {
						t.Errorf("%s: make has no target %s", document, words[1])
					}
				}
			}
		}
	}
	if found == 0 {
		t.Error("no document names a make target; this test looks at nothing")
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
