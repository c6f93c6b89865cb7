// Package ical writes iCalendar files (RFC 5545) and reads the whole days of
// those that list holidays. It fetches nothing.
package ical

import (
	"crypto/sha256"
	"fmt"
	"net/mail"
	"net/url"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"
)

// MediaType is what a calendar file is served as.
const MediaType = "text/calendar; charset=utf-8"

// Method is what a calendar file asks of who receives it.
type Method string

// The methods: what is published, and what is called off.
const (
	Publish Method = "PUBLISH"
	Cancel  Method = "CANCEL"
)

// Event is one entry. Its UID never changes; each announced change of it has a
// Sequence one higher. Whoever wrote its texts, they stay texts: what could not
// stand in a calendar file is taken out of them.
type Event struct {
	UID         string // letters, digits and -._@; other characters are encoded
	Sequence    int
	Stamp       time.Time // when this version was announced
	From, To    time.Time // To may be From: an instant
	Cancelled   bool
	Tentative   bool
	Summary     string // one line
	Description string // plain text of several lines
	URL         string // absolute, http or https; any other is left out
	Categories  []string
	Sender      mail.Address // who invites; without an address it is left out
}

// Names of a calendar file: of the program that wrote it, and how often a reader
// may ask for it anew.
const (
	product = "-//Upheld//Status page//EN"
	refresh = "PT1H"
)

// Bounds of texts, in characters.
const (
	longestLine = 300
	longestText = 20_000
	longestURL  = 2_000 // bytes
)

// Write is a calendar of these events. Times are in UTC, to the second; lines
// are folded at 75 octets between two characters, and end with CR and LF. The
// same events are the same bytes. An instant has no DTEND, which would have to
// be later than DTSTART (RFC 5545, 3.8.2.2).
func Write(name string, method Method, events []Event) []byte {
	c := ics.NewCalendar()
	c.SetProductId(product) // else it names the library and the calendar
	c.SetCalscale("GREGORIAN")
	c.SetMethod(ics.Method(method))
	if name = line(name, longestLine); name != "" {
		c.SetName(name) // NAME of RFC 7986, and X-WR-CALNAME
	}
	c.SetRefreshInterval(refresh)
	c.SetXPublishedTTL(refresh)
	for _, e := range events {
		c.AddVEvent(e.component())
	}
	return []byte(c.Serialize(ics.WithNewLineWindows)) //nolint:misspell // the library writes LF alone
}

// component is the event as the library has it. What the library writes as it
// is given (addresses, parameters) is checked here.
func (e Event) component() *ics.VEvent {
	v := ics.NewEvent(token(e.UID))
	v.SetDtStampTime(e.Stamp)
	v.SetModifiedAt(e.Stamp)
	v.SetSequence(max(e.Sequence, 0))
	v.SetStatus(e.status())
	v.SetStartAt(e.From)
	if e.To.Truncate(time.Second).After(e.From) {
		v.SetEndAt(e.To)
	}
	v.SetTimeTransparency(ics.TransparencyTransparent) // who reads it is not busy meanwhile
	v.SetSummary(line(e.Summary, longestLine))
	if text := paragraphs(e.Description, longestText); text != "" {
		v.SetDescription(text)
	}
	if to := address(e.URL); to != "" {
		v.SetURL(to)
	}
	for _, category := range e.Categories {
		if category = line(category, longestLine); category != "" {
			v.AddCategory(category) // one property each: in one value the comma would be escaped
		}
	}
	if to := mailbox(e.Sender.Address); to != "" {
		v.SetOrganizer(to, named(e.Sender.Name)...)
	}
	return v
}

// longestUID is how many octets a UID should have at most (RFC 7986, 5.3).
const longestUID = 255

// token is a UID that no reader can read as another: readers differ in how often
// they take escapes out of it, so that it has none. What is not of letters,
// digits and a few marks is written as in addresses, %2C.
func token(uid string) string {
	var out strings.Builder
	for _, c := range []byte(uid) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._@", c) >= 0 {
			out.WriteByte(c)
			continue
		}
		fmt.Fprintf(&out, "%%%02X", c)
	}
	if out.Len() <= longestUID {
		return out.String()
	}
	short := fmt.Sprintf("%x", sha256.Sum256([]byte(uid)))
	if at := strings.LastIndexByte(out.String(), '@'); at >= 0 && out.Len()-at <= longestUID-len(short) {
		short += out.String()[at:]
	}
	return short
}

func (e Event) status() ics.ObjectStatus {
	switch {
	case e.Cancelled:
		return ics.ObjectStatusCancelled
	case e.Tentative:
		return ics.ObjectStatusTentative
	}
	return ics.ObjectStatusConfirmed
}

// address is a web address with everything encoded that could end its line;
// empty where it is none.
func address(text string) string {
	to, err := url.Parse(text)
	if err != nil || to.Host == "" || to.Scheme != "https" && to.Scheme != "http" {
		return ""
	}
	if made := to.String(); len(made) <= longestURL && line(made, len(made)+2) == made {
		return made
	}
	return ""
}

// mailbox is the URI of a plain mail address; empty where it is none.
func mailbox(text string) string {
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Address != text || line(text, longestLine) != text || strings.ContainsAny(text, ` "<>;,?&%`) {
		return ""
	}
	return "mailto:" + text
}

// named is the parameter CN. The library writes backslashes where RFC 5545 asks
// for quotes (3.2), so what would need them is left out of a name.
func named(name string) []ics.PropertyParameter {
	name = strings.Map(func(c rune) rune {
		if strings.ContainsRune(`",;:\'`, c) {
			return ' '
		}
		return c
	}, name)
	if name = line(name, 80); name == "" {
		return nil
	}
	return []ics.PropertyParameter{ics.WithCN(name)}
}
