package markdown

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/parser"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"pgregory.net/rapid"
)

// corpus is testdata/xss.txt: a payload a line, \n for a line break.
func corpus(t testing.TB) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "xss.txt"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(lines) < 150 {
		t.Fatalf("%d payloads", len(lines))
	}
	for i, line := range lines {
		lines[i] = strings.ReplaceAll(line, `\n`, "\n")
	}
	return lines
}

var allowed = map[string][]string{
	"p": nil, "br": nil, "hr": nil, "h4": nil, "h5": nil, "h6": nil, "em": nil, "strong": nil, "del": nil,
	"code": nil, "pre": nil, "blockquote": nil, "ul": nil, "ol": {"start"}, "li": nil, "a": {"href", "rel"},
	"table": nil, "thead": nil, "tbody": nil, "tr": nil, "th": nil, "td": nil,
}

// inert reads what HTML made as a browser would and finds nothing but what is
// allowed.
func inert(t testing.TB, made string) {
	t.Helper()
	nodes, err := html.ParseFragment(strings.NewReader(made), &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div})
	if err != nil {
		t.Errorf("%v in %q", err, made)
	}
	for _, n := range nodes {
		inertNode(t, n, made)
		for child := range n.Descendants() {
			inertNode(t, child, made)
		}
	}
}

func inertNode(t testing.TB, n *html.Node, made string) {
	t.Helper()
	switch n.Type {
	case html.TextNode:
		return
	case html.ElementNode:
	default:
		t.Errorf("a node of type %d in %q", n.Type, made)
		return
	}
	attributes, ok := allowed[n.Data]
	if !ok || n.Namespace != "" {
		t.Errorf("<%s> in %q", n.Data, made)
	}
	for _, a := range n.Attr {
		if !slices.Contains(attributes, a.Key) || a.Namespace != "" {
			t.Errorf("attribute %s of <%s> in %q", a.Key, n.Data, made)
		}
	}
	if n.Data != "a" {
		return
	}
	u, err := url.Parse(attribute(n, "href"))
	if err != nil || !slices.Contains([]string{"http", "https", "mailto"}, u.Scheme) || u.Scheme != "mailto" && u.Host == "" {
		t.Errorf("a link to %q in %q", attribute(n, "href"), made)
	}
	if attribute(n, "rel") != "nofollow noopener noreferrer" {
		t.Errorf("a link with rel %q in %q", attribute(n, "rel"), made)
	}
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// around puts a payload into the places of a text in which it may be read
// otherwise.
var around = map[string]func(string) string{
	"alone":         func(p string) string { return p },
	"in a sentence": func(p string) string { return "We see " + p + " since noon." },
	"link's label":  func(p string) string { return "[" + p + "](https://status.example)" },
	"link's target": func(p string) string { return "[x](" + p + ")" },
	"link's title":  func(p string) string { return `[x](https://status.example "` + p + `")` },
	"reference":     func(p string) string { return "[x][r]\n\n[r]: " + p },
	"image":         func(p string) string { return "![" + p + "](" + p + ")" },
	"autolink":      func(p string) string { return "<" + p + ">" },
	"after a link":  func(p string) string { return "https://status.example/" + p },
	"fence's info":  func(p string) string { return "```" + p + "\nx\n```" },
	"in code":       func(p string) string { return "``" + p + "``" },
	"list":          func(p string) string { return "1. x\n   - " + p },
	"table":         func(p string) string { return "| a | b |\n|---|---|\n| " + p + " | x |" },
	"twice":         func(p string) string { return p + p },
}

func TestNothingActiveIsLeftOfAnyPayload(t *testing.T) {
	for place, put := range around {
		t.Run(place, func(t *testing.T) {
			for _, payload := range corpus(t) {
				inert(t, HTML(put(payload)))
			}
		})
	}
}

func render(t *testing.T, payload string) string {
	t.Helper()
	var b strings.Builder
	source := clean(payload)
	if err := engine.Renderer().Render(&b, source, parse(source)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTheRendererAloneLeavesNothingActiveEither(t *testing.T) {
	for _, payload := range corpus(t) {
		inert(t, render(t, payload))
	}
}

func TestTheAllowListAloneLeavesNothingActiveEither(t *testing.T) {
	for _, payload := range corpus(t) {
		made := policy.Sanitize(payload)
		nodes, err := html.ParseFragment(strings.NewReader(made), &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range nodes {
			for child := range n.Descendants() {
				if child.Type == html.ElementNode && child.Data != "a" { // rel is the renderer's
					inertNode(t, child, made)
				}
			}
		}
	}
}

func TestTextAndLineHoldNoControlCharacters(t *testing.T) {
	for _, payload := range append(corpus(t), "a&#13;&#10;Bcc: b", "a&#x1b;[2J", "x\rBcc: y", "\x00", "&#0;") {
		if i := strings.IndexFunc(Text(payload), func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }); i >= 0 {
			t.Errorf("text of %q: %q", payload, Text(payload))
		}
		if i := strings.IndexFunc(Line(payload), unicode.IsControl); i >= 0 {
			t.Errorf("line of %q: %q", payload, Line(payload))
		}
	}
}

func TestMarkdownIsRenderedForReaders(t *testing.T) {
	const to = `" rel="nofollow noopener noreferrer">`
	for name, test := range map[string]struct{ md, html, text string }{
		"nothing":      {"", "", ""},
		"paragraphs":   {"One.\n\nTwo.", "<p>One.</p>\n<p>Two.</p>\n", "One.\n\nTwo."},
		"lines stay":   {"One.\r\nTwo.", "<p>One.<br>\nTwo.</p>\n", "One.\nTwo."},
		"emphasis":     {"**big** *small*", "<p><strong>big</strong> <em>small</em></p>\n", "big small"},
		"struck out":   {"~~all~~ some", "<p><del>all</del> some</p>\n", "~~all~~ some"},
		"code":         {"`a < b`", "<p><code>a &lt; b</code></p>\n", "a < b"},
		"link":         {"[here](https://x.example/a?b=1&c=2)", `<p><a href="https://x.example/a?b=1&amp;c=2` + to + "here</a></p>\n", "here (https://x.example/a?b=1&c=2)"},
		"bare link":    {"at https://x.example/a.", `<p>at <a href="https://x.example/a` + to + "https://x.example/a</a>.</p>\n", "at https://x.example/a."},
		"mail":         {"ask ops@x.example", `<p>ask <a href="mailto:ops@x.example` + to + "ops@x.example</a></p>\n", "ask ops@x.example"},
		"other scheme": {"[here](ftp://x.example)", "<p>here</p>\n", "here"},
		"own path":     {"[here](/admin)", "<p>here</p>\n", "here"},
		"HTML is text": {"if a <b> then\n\n<script>x</script>", "<p>if a &lt;b&gt; then</p>\n<p>&lt;script&gt;x&lt;/script&gt;</p>\n", "if a <b> then\n\n<script>x</script>"},
		"image":        {"see ![the graph](https://x.example/g.png)", "<p>see the graph</p>\n", "see the graph"},
		"image linked": {"[![graph](g.png)](https://x.example)", `<p><a href="https://x.example` + to + "graph</a></p>\n", "graph (https://x.example)"},
		"heading":      {"# What\nIt broke.", "<h4>What</h4>\n<p>It broke.</p>\n", "What\n\nIt broke."},
		"list":         {"- a\n- b\n  - c", "<ul>\n<li>a</li>\n<li>b\n<ul>\n<li>c</li>\n</ul>\n</li>\n</ul>\n", "- a\n- b\n  - c"},
		"numbers":      {"3. a\n4. b", "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>\n", "3. a\n4. b"},
		"quote":        {"> a\n> b", "<blockquote>\n<p>a<br>\nb</p>\n</blockquote>\n", "> a\n> b"},
		"quoted list":  {"> - a\n>   b\n\nc", "<blockquote>\n<ul>\n<li>a<br>\nb</li>\n</ul>\n</blockquote>\n<p>c</p>\n", "> - a\n>   b\n\nc"},
		"fence":        {"```go\nx := 1\n```", "<pre><code>x := 1\n</code></pre>\n", "    x := 1"},
		"table":        {"| a | b |\n|---|--:|\n| 1 | 2 |", "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>\n", "a | b\n1 | 2"},
		"escapes":      {`\*a\* &amp; &lt;b&gt; \&amp;`, "<p>*a* &amp; &lt;b&gt; &amp;amp;</p>\n", "*a* & <b> &amp;"},
		"broken UTF-8": {"a\xffb", "<p>a\uFFFDb</p>\n", "a\uFFFDb"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := HTML(test.md); got != test.html {
				t.Errorf("HTML %q\nwant %q", got, test.html)
			}
			if got := Text(test.md); got != test.text {
				t.Errorf("Text %q\nwant %q", got, test.text)
			}
		})
	}
}

func TestLineIsTheFirstSentence(t *testing.T) {
	for md, want := range map[string]string{
		"":                                           "",
		"All **good**. More later.":                  "All good.",
		"About 3.5 % fail. We look.":                 "About 3.5 % fail.",
		"It takes approx. 5 minutes. Then more.":     "It takes approx. 5 minutes.",
		"# Sign-in is slow\n\nWe look.":              "Sign-in is slow",
		"- first\n- second":                          "first",
		"> quoted\nlines":                            "quoted",
		"See [the page](https://x.example) for more": "See the page for more",
		"Why?! “It” broke.":                          "Why?!",
		strings.Repeat("word ", 100):                 strings.TrimSpace(strings.Repeat("word ", 39)) + "…",
		strings.Repeat("é", 300):                     strings.Repeat("é", 199) + "…",
		strings.Repeat("é", 200):                     strings.Repeat("é", 200),
	} {
		if got := Line(md); got != want {
			t.Errorf("Line(%q)\n  is %q\nwant %q", md, got, want)
		}
	}
}

func TestInputIsBoundedAndCutBetweenCharacters(t *testing.T) {
	for _, before := range []int{0, 1, 2} {
		md := strings.Repeat("a", before) + strings.Repeat("€", Limit)
		for _, made := range []string{HTML(md), Text(md)} {
			if len(made) > Limit+20 || !utf8.ValidString(made) || strings.ContainsRune(made, utf8.RuneError) {
				t.Errorf("%d bytes, valid %v", len(made), utf8.ValidString(made))
			}
		}
	}
}

func TestHostileShapesAreRendered(t *testing.T) {
	for _, unit := range []string{
		">", "> ", "- ", "1. ", "[", "![", "](", "*", "_", "**a ", "*a_ ", "`", "` ``", "<", "<!--", "&", "~~", "|", "[a](", "[a][",
		"a@b.", "http://a.", "\n> ", "\n- ", "\\", "[](<", "[x]: /y\n", "| a ", "\t", "#",
	} {
		md := strings.Repeat(unit, Limit/4/len(unit))
		inert(t, HTML(md))
		if text := Text(md); len(text) > 12*len(md) {
			t.Errorf("%q grew to %d bytes", unit, len(text))
		}
		Line(md)
	}
}

func TestTheParserKnowsNoHTML(t *testing.T) {
	if n := len(parser.DefaultBlockParsers()) - len(slices.DeleteFunc(parser.DefaultBlockParsers(), is(parser.NewHTMLBlockParser()))); n != 1 {
		t.Errorf("%d parsers of blocks were taken out", n)
	}
	if n := len(parser.DefaultInlineParsers()) - len(slices.DeleteFunc(parser.DefaultInlineParsers(), is(parser.NewRawHTMLParser()))); n != 1 {
		t.Errorf("%d parsers of words were taken out", n)
	}
}

func TestDeepNestingIsShownAsTyped(t *testing.T) {
	md := strings.Repeat("> ", 500) + "<b>deep</b>"
	if got := HTML(md); !strings.HasSuffix(got, "&lt;b&gt;deep&lt;/b&gt;</p>\n") || strings.Contains(got, "<blockquote") {
		t.Errorf("…%s", got[max(0, len(got)-80):])
	}
}

func TestLinesAreShortAndOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := Line(rapid.String().Draw(t, "md"))
		if utf8.RuneCountInString(line) > LineLimit || strings.ContainsFunc(line, unicode.IsControl) || line != strings.TrimSpace(line) {
			t.Errorf("%q", line)
		}
	})
}

func FuzzHTML(f *testing.F) {
	for _, payload := range corpus(f) {
		f.Add(payload)
	}
	f.Fuzz(func(t *testing.T, md string) {
		inert(t, HTML(md))
		if text := Text(md); !utf8.ValidString(text) {
			t.Errorf("text %q", text)
		}
		if line := Line(md); utf8.RuneCountInString(line) > LineLimit || strings.Contains(line, "\n") {
			t.Errorf("line %q", line)
		}
	})
}
