// Package console makes the operators' pages: it turns views into bytes. It
// neither serves them nor knows who asks for them, and its pages work without
// a script.
package console

import (
	"bytes"
	"context"
	"fmt"

	"github.com/a-h/templ"
)

// Page is one page of the console, ready to be sent.
type Page struct {
	Body []byte // HTML in UTF-8
	CSP  string // the Content-Security-Policy that it works under
}

// Policy allows a page its style sheets, its icon and its own forms. No script
// runs and nothing frames it.
const Policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// PreviewPolicy is Policy for the page that shows a mail. Mails bring their
// styles with them, and the frame that one is shown in is under the policy of
// the page around it. The frame is sandboxed as well: it has no origin, sends no
// form and opens nothing.
const PreviewPolicy = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// Frame is what every page has around its content.
type Frame struct {
	Title  string
	Person string // who is signed in; empty: nobody
	Role   string // of theirs
	Nav    []Link // where they may go; the one with Here is where they are
}

// Link leads to another page of ours.
type Link struct {
	Text string
	Path string
	Here bool
}

// render writes a template. It fails only when its writer does, and a buffer
// does not.
func render(c templ.Component) Page {
	var out bytes.Buffer
	if err := c.Render(context.Background(), &out); err != nil {
		panic(fmt.Sprintf("console: rendering into memory: %v", err))
	}
	return Page{Body: out.Bytes(), CSP: Policy}
}
