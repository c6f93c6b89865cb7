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

// Frame is what every page has around its content.
type Frame struct {
	Title  string
	Person string // who is signed in; empty: nobody
	Role   string // of theirs
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
