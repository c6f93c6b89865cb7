// Package markdown turns what people write about an incident into what others
// read: HTML that holds nothing active, plain text, and one line. It is free of
// side effects and safe for concurrent use.
package markdown

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	gmhtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Limit is the number of bytes that are read; what follows them is cut off.
const Limit = 64 << 10

// What nobody writes who wants to be read is shown as it was typed: parsing it
// takes time that grows with its square, and readers' programs fail at it.
const (
	deepest  = 50    // quotes and lists in one another
	brackets = 1_000 // that may begin a link
	stars    = 4_000 // that may begin or end an emphasis
)

// These are built once, are never changed, and may be used by many at once.
var (
	engine = build()
	policy = allowList()
	deep   = regexp.MustCompile(fmt.Sprintf(`(?m)^(?:[ \t]*(?:>|[-+*][ \t]|[0-9]{1,9}[.)][ \t])){%d}`, deepest))
)

// HTML renders Markdown. HTML within it is text like any other, line breaks
// stay, images become their description, headings start at h4, and links lead
// to http, https and mailto alone. What the renderer made then passes an
// allow-list, so that a fault of the one is caught by the other. The answer is
// whole elements, and empty for empty input.
func HTML(md string) string {
	source := clean(md)
	doc := parse(source)
	if doc == nil {
		return "<p>" + strings.ReplaceAll(html.EscapeString(string(source)), "\n", "<br>\n") + "</p>\n"
	}
	var b bytes.Buffer
	if err := engine.Renderer().Render(&b, source, doc); err != nil {
		return "" // a bytes.Buffer takes everything
	}
	return policy.Sanitize(b.String()) //nolint:misspell // its name
}

// parse reads the source, or answers nil for what is shown as it was typed.
func parse(source []byte) ast.Node {
	if bytes.Count(source, []byte("[")) > brackets ||
		bytes.Count(source, []byte("*"))+bytes.Count(source, []byte("_")) > stars || deep.Match(source) {
		return nil
	}
	doc := engine.Parser().Parse(text.NewReader(source))
	if depth(doc) > 2*deepest { // a list is two nodes deep
		return nil
	}
	return doc
}

// clean is the part of the input that is read: valid UTF-8, lines that end in
// \n, and no control characters.
func clean(md string) []byte {
	if len(md) > Limit {
		end := Limit
		for end > Limit-utf8.UTFMax && !utf8.RuneStart(md[end]) {
			end--
		}
		md = md[:end]
	}
	md = strings.ReplaceAll(strings.ToValidUTF8(md, "\uFFFD"), "\r\n", "\n")
	return []byte(strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case r < ' ' && r != '\n' && r != '\t', r >= 0x7F && r < 0xA0:
			return -1
		}
		return r
	}, md))
}

// build makes a parser that does not know HTML, so that what looks like it is
// shown and not lost.
func build() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithParser(parser.NewParser(
			parser.WithBlockParsers(slices.DeleteFunc(parser.DefaultBlockParsers(), is(parser.NewHTMLBlockParser()))...),
			parser.WithInlineParsers(slices.DeleteFunc(parser.DefaultInlineParsers(), is(parser.NewRawHTMLParser()))...),
			parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
		)),
		goldmark.WithExtensions(
			extension.Linkify, extension.Strikethrough,
			extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignNone)),
		),
		goldmark.WithRendererOptions(gmhtml.WithHardWraps(),
			renderer.WithNodeRenderers(util.Prioritized(ours{}, 1))), //nolint:misspell // its name
	)
}

func is(parser any) func(util.PrioritizedValue) bool {
	return func(v util.PrioritizedValue) bool { return v.Value == parser }
}

// allowList is what may stand in the answer.
func allowList() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h4", "h5", "h6", "em", "strong", "del", "code", "pre", "blockquote", "ul", "ol", "li",
		"table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,9}$`)).OnElements("ol")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("rel").Matching(regexp.MustCompile(`^` + rel + `$`)).OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto")
	return p
}

// depth is how far the nodes stand in one another.
func depth(doc ast.Node) int {
	now, most := 0, 0
	// The walk ends with an error only where the function returns one.
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			now--
			return ast.WalkContinue, nil
		}
		now++
		most = max(most, now)
		return ast.WalkContinue, nil
	})
	return most
}
