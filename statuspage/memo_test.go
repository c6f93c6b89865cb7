package statuspage

import (
	"strings"
	"testing"

	"github.com/upheld/upheld/internal/markdown"
)

// What is remembered is what would be read anew, and it is bounded.
func TestMemoRemembersWithinBounds(t *testing.T) {
	reads := 0
	read := func(body string) string { reads++; return strings.ToUpper(body) }
	m := newMemo()
	for range 3 {
		if got := m.recall(m.html, "a", read); got != "A" {
			t.Errorf("%q", got)
		}
	}
	if reads != 1 {
		t.Errorf("read %d times", reads)
	}
	long := strings.Repeat("b", memoBytes/4)
	m.recall(m.html, long, read)
	m.recall(m.html, long+"b", read)
	if len(m.html) != 1 || m.bytes > memoBytes {
		t.Errorf("%d texts, %d bytes", len(m.html), m.bytes)
	}
	const body = "A **bold** word"
	var none *memo
	for range 2 {
		if m.markdownHTML(body) != markdown.HTML(body) || none.markdownHTML(body) != markdown.HTML(body) ||
			m.markdownText(body) != markdown.Text(body) || none.markdownText(body) != markdown.Text(body) {
			t.Error("what is remembered differs from what is read")
		}
	}
}
