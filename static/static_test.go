package static

import (
	"bytes"
	"encoding/xml"
	"strings"
	"testing"
)

func TestStylesheetIsNamedByItsContent(t *testing.T) {
	sheet := Stylesheet()
	if !strings.HasPrefix(sheet.Path, "/static/page-") || !strings.HasSuffix(sheet.Path, ".css") {
		t.Errorf("path %q", sheet.Path)
	}
	if !sheet.Immutable {
		t.Error("a hash-named file may be kept for ever")
	}
	if Stylesheet().Path != sheet.Path {
		t.Error("the same content has two addresses")
	}
}

func TestNothingLeadsElsewhere(t *testing.T) {
	for _, asset := range Assets() {
		text := strings.ReplaceAll(string(asset.Body), "http://www.w3.org/2000/svg", "")
		for _, foreign := range []string{"http:", "https:", "//", "@import", "url("} {
			if strings.Contains(text, foreign) {
				t.Errorf("%s refers to %q", asset.Path, foreign)
			}
		}
	}
}

func TestCompactKeepsEveryRule(t *testing.T) {
	body := Stylesheet().Body
	if bytes.Contains(body, []byte("/*")) || bytes.Contains(body, []byte("\n")) {
		t.Error("comments or line ends are left")
	}
	for _, mark := range []string{"{", "}", "@media"} {
		if got, want := strings.Count(string(body), mark), strings.Count(pageCSS, mark); got != want {
			t.Errorf("%d %q, the source has %d", got, mark, want)
		}
	}
}

func TestFaviconIsXML(t *testing.T) {
	if err := xml.Unmarshal(Favicon().Body, new(struct{})); err != nil {
		t.Fatal(err)
	}
}
