// Package static holds the files that the pages are served with: their style
// sheets, their icon and the word to robots. It knows nothing of routes or
// pages; it only gives each file the address and the type it is served under.
package static

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// Asset is one file and how it is served.
type Asset struct {
	Path        string // absolute, such as "/static/page-1a2b3c4d5e6f.css"
	ContentType string
	Body        []byte
	// Immutable tells that the path names the content: whoever has it may keep
	// it for ever.
	Immutable bool
}

//go:embed page.css
var pageCSS string

//go:embed console.css
var consoleCSS string

//go:embed favicon.svg
var favicon []byte

//go:embed robots.txt
var robots []byte

// Stylesheet is the style sheet of every page. Its path holds a hash of its
// content, so that a new version is a new address.
func Stylesheet() Asset { return sheet("page", pageCSS) }

// ConsoleStylesheet is what the operators' pages need on top of Stylesheet.
func ConsoleStylesheet() Asset { return sheet("console", consoleCSS) }

func sheet(name, css string) Asset {
	body := []byte(compact(css))
	sum := sha256.Sum256(body)
	return Asset{
		Path:        "/static/" + name + "-" + hex.EncodeToString(sum[:6]) + ".css",
		ContentType: "text/css; charset=utf-8",
		Body:        body,
		Immutable:   true,
	}
}

// Favicon is the page's icon.
func Favicon() Asset {
	return Asset{Path: "/favicon.svg", ContentType: "image/svg+xml", Body: favicon}
}

// Robots asks search engines for nothing but restraint.
func Robots() Asset {
	return Asset{Path: "/robots.txt", ContentType: "text/plain; charset=utf-8", Body: robots}
}

// Assets lists every file.
func Assets() []Asset { return []Asset{Stylesheet(), ConsoleStylesheet(), Favicon(), Robots()} }

// CSPSource is the asset's content as a source of a Content-Security-Policy:
// "'sha256-…'". It allows exactly this content where it stands inside a page.
func (a Asset) CSPSource() string {
	sum := sha256.Sum256(a.Body)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// compact drops comments, indentation and line ends. The sheet has no strings
// that hold any of them.
func compact(css string) string {
	var out strings.Builder
	for css != "" {
		code, rest, commented := strings.Cut(css, "/*")
		for line := range strings.Lines(code) {
			out.WriteString(strings.TrimSpace(line))
		}
		if !commented {
			break
		}
		_, css, _ = strings.Cut(rest, "*/")
	}
	return out.String()
}
