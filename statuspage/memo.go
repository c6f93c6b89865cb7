package statuspage

import (
	"sync"

	"github.com/upheld/upheld/internal/markdown"
)

// memoBytes is how much a memo holds before it begins anew.
const memoBytes = 8 << 20

// memo remembers what Markdown came to: what people wrote is the same in every
// edition, and reading it again costs more than a component's whole row. It is
// safe for concurrent use; nil remembers nothing.
type memo struct {
	mu    sync.Mutex
	bytes int
	html  map[string]string
	text  map[string]string
}

func newMemo() *memo { return &memo{html: make(map[string]string), text: make(map[string]string)} }

// markdownHTML is markdown.HTML.
func (m *memo) markdownHTML(body string) string {
	if m == nil {
		return markdown.HTML(body)
	}
	return m.recall(m.html, body, markdown.HTML)
}

// markdownText is markdown.Text.
func (m *memo) markdownText(body string) string {
	if m == nil {
		return markdown.Text(body)
	}
	return m.recall(m.text, body, markdown.Text)
}

func (m *memo) recall(known map[string]string, body string, read func(string) string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if out, is := known[body]; is {
		return out
	}
	out := read(body)
	if m.bytes += len(body) + len(out); m.bytes > memoBytes {
		clear(m.html)
		clear(m.text)
		m.bytes = len(body) + len(out)
	}
	known[body] = out
	return out
}
