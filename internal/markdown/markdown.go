// Package markdown turns what people write about an incident into what others
// read: HTML that holds nothing active, plain text, and one line. It is free of
// side effects and safe for concurrent use.
package markdown

import (
	"bytes"
	"html"
	"regexp"
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

// deepest is how far quotes and lists may stand in one another. Deeper ones
// are nobody's wish, and readers' programs fail at them: the whole is then
// shown as it was typed.
const deepest = 50

// Both are built once, are never changed, and may be used by many at once.
var (
	engine = build()
	policy = allowList()
)

// HTML renders Markdown. HTML within it is text like any other, line breaks
// stay, images become their description, headings start at h4, and links lead
// to http, https and mailto alone. What the renderer made then passes an
// allow-list, so that a fault of the one is caught by the other. The answer is
// whole elements, and empty for empty input.
func HTML(md string) string {
	source := clean(md)
	doc := parse(source)
	if depth(doc) > deepest {
		return "<p>" + strings.ReplaceAll(html.EscapeString(string(source)), "\n", "<br>\n") + "</p>\n"
	}
	var b bytes.Buffer
	if err := engine.Renderer().Render(&b, source, doc); err != nil {
		return "" // a bytes.Buffer takes everything
	}
	return policy.Sanitize(b.String())
}

func parse(source []byte) ast.Node { return engine.Parser().Parse(text.NewReader(source)) }

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
			parser.WithBlockParsers(
				util.Prioritized(parser.NewSetextHeadingParser(), 100),
				util.Prioritized(parser.NewThematicBreakParser(), 200),
				util.Prioritized(parser.NewListParser(), 300),
				util.Prioritized(parser.NewListItemParser(), 400),
				util.Prioritized(parser.NewCodeBlockParser(), 500),
				util.Prioritized(parser.NewATXHeadingParser(), 600),
				util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
				util.Prioritized(parser.NewBlockquoteParser(), 800),
				util.Prioritized(parser.NewParagraphParser(), 1000),
			),
			parser.WithInlineParsers(
				util.Prioritized(parser.NewCodeSpanParser(), 100),
				util.Prioritized(parser.NewLinkParser(), 200),
				util.Prioritized(parser.NewAutoLinkParser(), 300),
				util.Prioritized(parser.NewEmphasisParser(), 500),
			),
			parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
		)),
		goldmark.WithExtensions(
			extension.Linkify, extension.Strikethrough,
			extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignNone)),
		),
		goldmark.WithRendererOptions(gmhtml.WithHardWraps(), renderer.WithNodeRenderers(util.Prioritized(ours{}, 1))),
	)
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

// depth is how far the blocks stand in one another.
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
