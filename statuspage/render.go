package statuspage

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"github.com/upheld/upheld/static"
)

// look is how a page gets its style: inside, or beside it.
type look struct {
	Inline bool
	CSS    string
	Path   string // of the sheet beside it
	Icon   string // address of the icon
}

// Render writes the home page. It is complete: it needs no other request, no
// script and no style but its own.
func Render(v View) []byte {
	size := 16 << 10
	for _, g := range v.Groups {
		for _, c := range g.Components {
			size += len(c.Bars) + 2<<10
		}
	}
	return write(home(v, inside()), size)
}

func inside() look {
	icon := "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString(static.Favicon().Body)
	return look{Inline: true, CSS: string(static.Stylesheet().Body), Icon: icon}
}

func beside() look {
	return look{Path: static.Stylesheet().Path, Icon: static.Favicon().Path}
}

// write renders a template of about so many bytes. A template fails only when
// its writer does, and a buffer does not.
func write(c templ.Component, size int) []byte {
	var out bytes.Buffer
	out.Grow(size)
	if err := c.Render(context.Background(), &out); err != nil {
		panic(fmt.Sprintf("statuspage: rendering into memory: %v", err))
	}
	return out.Bytes()
}

// page makes a document of a page that stands in its own right.
func (b *book) page(c templ.Component) *Document { return b.html(write(c, 16<<10)) }

func (b *book) html(body []byte) *Document {
	doc := newDocument(typeHTML, body, b.now)
	doc.CSP = policy(static.Stylesheet())
	return doc
}

// homeDocument is the home page.
func (b *book) homeDocument() *Document { return b.html(Render(b.home())) }

// notFound is the page for every address that leads nowhere.
func (b *book) notFound() *Document {
	doc := b.page(notFoundPage(b.frame("Not found"), beside()))
	doc.Status = http.StatusNotFound
	doc.CacheControl = "no-store"
	return doc
}

func (b *book) json(value any) *Document {
	// The values are our own types of strings, numbers and times.
	body, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("statuspage: writing JSON: %v", err))
	}
	return newDocument(typeJSON, append(body, '\n'), b.now)
}

// gauge is the stroke of a gauge that is full to so many percent.
func gauge(percent int) string { return "M0 3h" + strconv.Itoa(percent) }
