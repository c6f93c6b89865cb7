package register

import (
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/upheld/upheld/internal/uptime"
)

// Bounds of what people enter.
const (
	MaxLine = 200     // characters, of titles and names
	MaxText = 4 << 10 // bytes, of notes and outcomes
	MaxURL  = 2000    // bytes
	oldest  = 100     // years ago, of evidence; and as many ahead
	skew    = 60      // seconds that somebody's clock may be ahead
)

// Invalid says what is wrong with what was entered, field by field.
type Invalid []Fault

// Fault is one field and what is wrong with it.
type Fault struct {
	Field string // as in the API: title, expires_at
	Text  string // "is empty: say in one line what was done"
}

// Error is one line.
func (v Invalid) Error() string {
	parts := make([]string, len(v))
	for i, f := range v {
		parts[i] = f.Field + " " + f.Text
	}
	return strings.Join(parts, "; ")
}

// fields collects what is wrong with what was entered, all of it at once.
type fields struct{ faults Invalid }

func (f *fields) fault(field, format string, args ...any) {
	f.faults = append(f.faults, Fault{Field: field, Text: fmt.Sprintf(format, args...)})
}

// err is everything that was found, or nil.
func (f *fields) err() error {
	if len(f.faults) == 0 {
		return nil
	}
	return f.faults
}

// line reads one line of plain text.
func (f *fields) line(field, text, what string, needed bool) string {
	text = strings.TrimSpace(text)
	switch {
	case text == "" && !needed:
	case !visible(text):
		f.fault(field, "is empty: say in one line %s", what)
	case !utf8.ValidString(text):
		f.fault(field, "is not valid UTF-8")
	case strings.ContainsFunc(text, breaks):
		f.fault(field, "is more than one line, or holds characters that cannot be seen: write one line of plain text")
	case utf8.RuneCountInString(text) > MaxLine:
		f.fault(field, "has %d characters: %d are the most", utf8.RuneCountInString(text), MaxLine)
	}
	return text
}

// text reads plain text of some lines. Line ends become \n, and other control
// characters that came with a paste are dropped.
func (f *fields) text(field, text, what string, needed bool) string {
	switch {
	case len(text) > MaxText:
		f.fault(field, "has %d bytes: %d are the most", len(text), MaxText)
		return text
	case !utf8.ValidString(text):
		f.fault(field, "is not valid UTF-8")
		return text
	}
	text = strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && breaks(r) {
			return -1
		}
		return r
	}, strings.ReplaceAll(text, "\r\n", "\n"))
	text = strings.TrimSpace(text)
	if needed && !visible(text) {
		f.fault(field, "is empty: say %s", what)
	}
	return text
}

// breaks tells whether a character breaks a line or turns the direction of what
// follows.
func breaks(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}

// visible tells whether the text holds anything that a reader sees.
func visible(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) })
}

// link reads the address of a page, which may be left out.
func (f *fields) link(field, text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	u, err := url.Parse(text)
	switch {
	case len(text) > MaxURL:
		f.fault(field, "has %d bytes: %d are the most", len(text), MaxURL)
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || strings.ContainsFunc(text, breaks):
		f.fault(field, "is no address of a page: write it as in https://example.org/report")
	case u.User != nil:
		f.fault(field, "holds a user or a password, which everybody would read: leave them out")
	}
	return text
}

// dates reads when something was done, and until when it is good.
func (f *fields) dates(at, expires, now time.Time) (from, until time.Time) {
	from, until = whole(at), whole(expires)
	switch {
	case from.IsZero():
		f.fault("at", "is missing: give the day on which it was done")
	case from.After(now.Add(skew * time.Second)):
		f.fault("at", "is in the future: what is still to come is no evidence yet")
	case from.Before(now.AddDate(-oldest, 0, 0)):
		f.fault("at", "is more than %d years ago", oldest)
	}
	switch {
	case until.IsZero():
	case !until.After(from):
		f.fault("expires_at", "is not after the day on which it was done: give a later one, or leave it out")
	case until.After(now.AddDate(oldest, 0, 0)): // also a year that JSON cannot say
		f.fault("expires_at", "is more than %d years away: leave it out, if it does not expire", oldest)
	}
	return from, until
}

// record reads what something is evidence of: a register's record, or the id of a
// promise that evidence can bear out.
func (f *fields) record(text string, promises []uptime.Commitment) string {
	text = strings.TrimSpace(text)
	for _, c := range promises {
		register := c.Kind == uptime.OfRegister && c.Register != nil
		if (register || c.Kind == uptime.OfPromise) && text == string(c.ID) || register && text != "" && text == c.Register.Record {
			return text
		}
	}
	f.fault("record", "names %q, and no promise in force asks for such evidence: use the record of a register, or the id of a promise of kind register or promise", text)
	return text
}

// whole is the time as it is kept: UTC, in whole milliseconds.
func whole(at time.Time) time.Time {
	if at.IsZero() {
		return time.Time{}
	}
	return at.UTC().Truncate(time.Millisecond)
}
