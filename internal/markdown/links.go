package markdown

import (
	"html"
	"net/url"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	gmhtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
)

// rel is what every link says of itself: it is no recommendation of ours, and
// where it leads learns nothing of the page that it stands on.
const rel = "nofollow noopener noreferrer"

// ours renders what we render otherwise than goldmark does.
type ours struct{}

// RegisterFuncs says which nodes those are.
func (o ours) RegisterFuncs(to renderer.NodeRendererFuncRegisterer) {
	to.Register(ast.KindLink, o.link)
	to.Register(ast.KindAutoLink, o.autoLink)
	to.Register(ast.KindImage, o.image)
	to.Register(ast.KindHeading, o.heading)
	to.Register(ast.KindFencedCodeBlock, o.fenced)
}

func (ours) link(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	to := target(n.(*ast.Link).Destination)
	if to == "" || withinLink(n) {
		return ast.WalkContinue, nil // its text stays
	}
	tag := "</a>"
	if entering {
		tag = open(to)
	}
	_, err := w.WriteString(tag)
	return ast.WalkContinue, err
}

func (ours) autoLink(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	to, label := autoTarget(n.(*ast.AutoLink), source)
	label = html.EscapeString(label)
	if to != "" && !withinLink(n) {
		label = open(to) + label + "</a>"
	}
	_, err := w.WriteString(label)
	return ast.WalkContinue, err
}

// image leaves the description alone: a picture from elsewhere would tell that
// place who reads the page.
func (ours) image(util.BufWriter, []byte, ast.Node, bool) (ast.WalkStatus, error) {
	return ast.WalkContinue, nil
}

// heading renders below the headings of the pages that the text stands on.
func (ours) heading(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	tag := [...]string{"h4", "h5", "h6"}[min(n.(*ast.Heading).Level, 3)-1] + ">"
	if entering {
		tag = "<" + tag
	} else {
		tag = "</" + tag + "\n"
	}
	_, err := w.WriteString(tag)
	return ast.WalkContinue, err
}

func (ours) fenced(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		_, err := w.WriteString("</code></pre>\n")
		return ast.WalkContinue, err
	}
	_, err := w.WriteString("<pre><code>")
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		gmhtml.DefaultWriter.RawWrite(w, line.Value(source))
	}
	return ast.WalkContinue, err
}

func open(to string) string {
	return `<a href="` + html.EscapeString(to) + `" rel="` + rel + `">`
}

// withinLink tells whether a link around this one leads anywhere: an image's
// description may hold links of its own.
func withinLink(n ast.Node) bool {
	for p := n.Parent(); p != nil; p = p.Parent() {
		if l, ok := p.(*ast.Link); ok && target(l.Destination) != "" {
			return true
		}
	}
	return false
}

// target is where a link may lead, or empty where it may not.
func target(destination []byte) string {
	to := string(util.URLEscape(destination, true))
	u, err := url.Parse(to)
	if err != nil {
		return ""
	}
	switch {
	case (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.Opaque == "":
		return to
	case u.Scheme == "mailto" && strings.Contains(u.Opaque, "@"):
		return to
	}
	return ""
}

func autoTarget(n *ast.AutoLink, source []byte) (to, label string) {
	address := string(n.URL(source))
	if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(address), "mailto:") {
		address = "mailto:" + address
	}
	return target([]byte(address)), string(n.Label(source))
}
