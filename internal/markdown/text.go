package markdown

import (
	"bufio"
	"html"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	extension "github.com/yuin/goldmark/extension/ast"
	gmhtml "github.com/yuin/goldmark/renderer/html"
)

// LineLimit is the number of characters that a Line has at most.
const LineLimit = 200

// Text renders Markdown as plain text for mails and feeds: "text (address)"
// for links, "- " before items of lists, "> " before quotes. Its lines are not
// wrapped, and it does not end with a line break.
func Text(md string) string { return plain(md, true) }

// Line is the first sentence of the first line, as plain text without
// addresses, cut at a word to LineLimit characters. It holds no line break.
func Line(md string) string {
	text := strings.TrimLeft(plain(md, false), "-> \n")
	line, _, _ := strings.Cut(text, "\n")
	line = strings.Join(strings.Fields(line), " ")
	for i, r := range line {
		if (r == '.' || r == '!' || r == '?') && begins(line[i+1:]) {
			line = line[:i+1]
			break
		}
	}
	if utf8.RuneCountInString(line) <= LineLimit {
		return line
	}
	short := string([]rune(line)[:LineLimit-1])
	if i := strings.LastIndexByte(short, ' '); i > len(short)/2 {
		short = short[:i]
	}
	return short + "…"
}

// begins tells whether a new sentence follows: a space, and then no lower-case
// letter and no digit, as they follow "approx." and "no.".
func begins(rest string) bool {
	rest, spaced := strings.CutPrefix(rest, " ")
	r, _ := utf8.DecodeRuneInString(rest)
	return spaced && !unicode.IsLower(r) && !unicode.IsDigit(r)
}

func plain(md string, addresses bool) string {
	source := clean(md)
	doc := parse(source)
	if doc == nil {
		return strings.TrimSpace(string(source))
	}
	p := &plainText{source: source, addresses: addresses}
	p.blocks(doc)
	return strings.TrimRight(p.out.String(), " \n")
}

// plainText writes the nodes of a document as text.
type plainText struct {
	source    []byte
	addresses bool
	out       strings.Builder
	prefix    string // of every further line of the block
	bullet    string // in place of the end of the prefix, once
	midLine   bool   // something stands on the line
}

func (p *plainText) write(s string) {
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			p.newline()
		}
		if line == "" {
			continue
		}
		if !p.midLine {
			p.out.WriteString(p.prefix[:max(0, len(p.prefix)-len(p.bullet))] + p.bullet)
			p.bullet, p.midLine = "", true
		}
		p.out.WriteString(line)
	}
}

func (p *plainText) newline() {
	p.out.WriteByte('\n')
	p.midLine = false
}

// blocks writes the blocks of a container, with an empty line between them
// unless it is a tight list.
func (p *plainText) blocks(parent ast.Node) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		p.block(n)
		if p.midLine {
			p.newline()
		}
		if n.NextSibling() != nil && !tight(parent) {
			p.newline()
		}
	}
}

func tight(n ast.Node) bool {
	if item, ok := n.(*ast.ListItem); ok {
		return tight(item.Parent())
	}
	list, ok := n.(*ast.List)
	return ok && list.IsTight
}

func (p *plainText) block(n ast.Node) {
	switch n := n.(type) {
	case *ast.Blockquote:
		p.within("> ", "> ", n)
	case *ast.List:
		number := n.Start
		for item := n.FirstChild(); item != nil; item = item.NextSibling() {
			bullet := "- "
			if n.IsOrdered() {
				bullet = strconv.Itoa(number) + ". "
				number++
			}
			p.within(strings.Repeat(" ", len(bullet)), bullet, item)
			if item.NextSibling() != nil && !n.IsTight {
				p.newline()
			}
		}
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		for i := range n.Lines().Len() {
			line := n.Lines().At(i)
			p.write("    " + string(line.Value(p.source)))
		}
	case *ast.ThematicBreak:
		p.write("---")
	case *extension.Table:
		for row := n.FirstChild(); row != nil; row = row.NextSibling() {
			p.row(row)
		}
	default:
		p.inline(n)
	}
}

func (p *plainText) within(prefix, bullet string, n ast.Node) {
	outer := p.prefix
	p.prefix, p.bullet = outer+prefix, p.bullet+bullet
	p.blocks(n)
	p.prefix, p.bullet = outer, ""
}

func (p *plainText) row(row ast.Node) {
	for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
		p.inline(cell)
		if cell.NextSibling() != nil {
			p.write(" | ")
		}
	}
	p.newline()
}

func (p *plainText) inline(parent ast.Node) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Text:
			p.write(p.literal(n))
			if n.SoftLineBreak() || n.HardLineBreak() {
				p.newline()
			}
		case *ast.AutoLink:
			p.write(string(n.Label(p.source)))
		case *ast.Link:
			p.link(n)
		case *extension.Strikethrough:
			p.write("~~")
			p.inline(n)
			p.write("~~")
		default:
			p.inline(n)
		}
	}
}

func (p *plainText) link(n *ast.Link) {
	before := p.out.Len()
	p.inline(n)
	to := target(n.Destination)
	if to == "" || !p.addresses && p.out.Len() > before {
		return
	}
	if label := p.out.String()[before:]; !strings.HasSuffix(label, strings.TrimPrefix(to, "mailto:")) {
		p.write(" (" + to + ")")
	}
}

// literal is a text without Markdown's escapes and entities.
func (p *plainText) literal(n *ast.Text) string {
	value := n.Value(p.source)
	if n.IsRaw() || n.Parent() != nil && n.Parent().Kind() == ast.KindCodeSpan {
		return string(value)
	}
	var b strings.Builder
	w := bufio.NewWriter(&b)
	gmhtml.DefaultWriter.Write(w, value)
	if err := w.Flush(); err != nil {
		return string(value)
	}
	return strings.Map(func(r rune) rune { // as an entity it may be anything
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, html.UnescapeString(b.String()))
}
