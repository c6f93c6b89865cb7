package web

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// Bytes of a request's body.
const (
	formBody    = 64 << 10
	apiBody     = 1 << 20
	writtenBody = 256 << 10 // about an incident or a plan: 20 KiB of text, and up to a thousand components
	importBody  = 21 << 20  // a list of subscribers, of 20 MiB, in its wrapping
)

// Types of a request's body.
const (
	typeForm       = "application/x-www-form-urlencoded"
	typeMultipart  = "multipart/form-data"
	typeJSON       = "application/json"
	typeMergePatch = "application/merge-patch+json"
	typeCSV        = "text/csv"
	typeMail       = "message/rfc822"
)

// refusal tells a client what is wrong with its request. Its words are meant
// for whoever sent it.
type refusal struct {
	status int
	detail string
}

func (r refusal) Error() string { return r.detail }

// bodies are the types and the size of what an address takes in. None: it reads
// no body, or as much as it wants of any.
func bodies(path string) (types []string, most int64) {
	switch {
	case strings.HasPrefix(path, "/heartbeat/"):
		return nil, formBody
	case inAPI(path):
		types, most = apiTypes(path), apiBody
	case strings.HasPrefix(path, "/console/incidents"), strings.HasPrefix(path, plansPath), strings.HasPrefix(path, seriesPath):
		types, most = []string{typeForm}, writtenBody
	default:
		types, most = []string{typeForm, typeMultipart}, formBody
	}
	if strings.HasSuffix(path, "/import") {
		most = importBody
	}
	return types, most
}

// checkBody refuses a body of another type than the route takes in, and lets
// nobody read more of it than it may have. A body whose type is not said is
// none of the types.
func checkBody(c echo.Context, path string) error {
	r := c.Request()
	types, most := bodies(path)
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	if r.ContentLength > most {
		return &http.MaxBytesError{Limit: most}
	}
	r.Body = http.MaxBytesReader(c.Response().Writer, r.Body, most)
	if types == nil || r.ContentLength == 0 || slices.Contains(types, mediaType(r)) {
		return nil
	}
	return refusal{http.StatusUnsupportedMediaType, "This address takes in " + strings.Join(types, " or ") + "."}
}

func mediaType(r *http.Request) string {
	name, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return name
}

// form reads what a form sent: the fields of the body alone, never those of the
// address. It has to be url-encoded.
func form(c echo.Context) (url.Values, error) {
	r := c.Request()
	if r.ContentLength != 0 && mediaType(r) != typeForm {
		return nil, refusal{http.StatusUnsupportedMediaType, "Send the form as " + typeForm + "."}
	}
	if err := r.ParseForm(); err != nil {
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			return nil, tooLarge
		}
		return nil, refusal{http.StatusBadRequest, "The form cannot be read; send it again."}
	}
	return r.PostForm, nil
}

// single refuses fields that were sent more than once: two readers of one
// request must not see two different values.
func single(fields url.Values, names ...string) error {
	for _, name := range names {
		if len(fields[name]) > 1 {
			return refusal{http.StatusBadRequest, "The field " + name + " was sent more than once."}
		}
	}
	return nil
}
