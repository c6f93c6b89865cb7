package statuspage

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/upheld/upheld/static"
)

// Document is one answer of the public page, ready to be sent. It is shared by
// every reader: nobody changes it.
type Document struct {
	Status       int // such as 200, or 404
	ContentType  string
	Body         []byte
	Gzip         []byte    // Body, compressed at level 9; nil where that saves nothing
	ETag         string    // weak, of Body: the same for both encodings
	LastModified time.Time // when what it tells was put together, UTC
	CacheControl string
	// CSP is the Content-Security-Policy that the document works under.
	CSP string
	// Shared tells that any site's script may read it (the JSON documents).
	Shared bool
}

// Content types of what the page serves.
const (
	typeHTML = "text/html; charset=utf-8"
	typeJSON = "application/json; charset=utf-8"
)

// Caches may keep a page for less than its age may be wrong; a hash-named file
// they may keep for ever.
const (
	cacheShortly = "public, max-age=10"
	cacheDay     = "public, max-age=86400"
	cacheForever = "public, max-age=31536000, immutable"
)

// policy allows the page its own style sheet, inside and beside it, and its
// icon. Nothing else is loaded, sent or framed, and no script runs.
func policy(sheet static.Asset) string { return policyWith(sheet, "'none'") }

// formPolicy allows a page's forms to be sent to us, too.
func formPolicy(sheet static.Asset) string { return policyWith(sheet, "'self'") }

func policyWith(sheet static.Asset, forms string) string {
	return "default-src 'none'; style-src 'self' " + sheet.CSPSource() +
		"; img-src 'self' data:; base-uri 'none'; form-action " + forms + "; frame-ancestors 'none'"
}

// barePolicy is for documents that load nothing at all.
const barePolicy = "default-src 'none'; frame-ancestors 'none'"

func newDocument(contentType string, body []byte, at time.Time) *Document {
	sum := sha256.Sum256(body)
	doc := &Document{
		Status:       http.StatusOK,
		ContentType:  contentType,
		Body:         body,
		Gzip:         compress(body),
		ETag:         `W/"` + hex.EncodeToString(sum[:9]) + `"`,
		LastModified: at.UTC().Truncate(time.Second),
		CacheControl: cacheShortly,
		CSP:          barePolicy,
		Shared:       contentType == typeJSON,
	}
	return doc
}

func compress(body []byte) []byte {
	var out bytes.Buffer
	// Neither call can fail: the level is valid and a buffer takes everything.
	writer, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	_, _ = writer.Write(body)
	_ = writer.Close()
	if out.Len() >= len(body) {
		return nil
	}
	return out.Bytes()
}

// fixed are the documents that never change while the program runs.
func fixed(at time.Time) map[string]*Document {
	docs := make(map[string]*Document)
	for _, asset := range static.Assets() {
		doc := newDocument(asset.ContentType, asset.Body, at)
		doc.CacheControl = cacheDay
		if asset.Immutable {
			doc.CacheControl = cacheForever
		}
		docs[asset.Path] = doc
	}
	return docs
}
