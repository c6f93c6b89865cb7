package notify

import (
	"crypto/sha256"
	"encoding/json"
	"html/template"
	"net/url"
	"strings"
	"sync"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// Text is a message as it is read.
type Text struct {
	Subject string // one line
	Plain   string
	HTML    string // a whole document, without anything from elsewhere
	Short   string // a few lines for chats and phones; it does not repeat the subject
}

// Render writes a message. It draws on the message alone, so that a preview is
// exactly what is sent, and whoever wrote its texts, none of them is more than
// text: no line breaks in a subject, no HTML, nothing that turns the direction
// of reading.
func Render(m notice.Message, links Links) Text {
	w := newWriter(m, links)
	return w.letter().printed().sign(w.foot())
}

// press renders as Render does, and remembers what is the same for every
// recipient of a message: fifty thousand letters differ in their last lines.
type press struct {
	mu      sync.Mutex
	printed map[[sha256.Size]byte]Text // without a foot
}

// mostPrinted bounds what a press remembers. Few messages are under way at a
// time.
const mostPrinted = 16

func (p *press) render(m notice.Message, links Links) Text {
	w := newWriter(m, links)
	if m.Reason == uptime.ConfirmSubscription || m.Reason == uptime.AlreadySubscribed {
		return w.letter().printed().sign(w.foot()) // a letter to one
	}
	content, err := json.Marshal(struct {
		Public  bool
		Reason  uptime.NoticeReason
		Notices []uptime.Notice
	}{w.public, m.Reason, m.Notices})
	if err != nil {
		return w.letter().printed().sign(w.foot())
	}
	key := sha256.Sum256(content)
	p.mu.Lock()
	text, known := p.printed[key]
	p.mu.Unlock()
	if !known {
		text = w.letter().printed()
		p.mu.Lock()
		if p.printed == nil || len(p.printed) >= mostPrinted {
			p.printed = map[[sha256.Size]byte]Text{}
		}
		p.printed[key] = text
		p.mu.Unlock()
	}
	return text.sign(w.foot())
}

// letter is a message before it takes a form.
type letter struct {
	subject  string
	headline string
	lead     string        // a sentence below it
	told     string        // what stands above the body: the phase, and when
	body     string        // as plain text
	markup   template.HTML // the same where the body is Markdown; else empty
	promise  string        // of a next update
	rows     []row
	items    []item // of a digest
	more     string // what the items leave out
	links    []link // what to do; the first is the main one
}

// foot stands below every letter, and is the recipient's own.
type foot struct {
	why   string
	leave []link // unsubscribing
}

// row is a fact. The brief ones stand in Short as well.
type row struct {
	Name, Value string
	Brief       bool
}

// item is a line of a digest.
type item struct{ Text, URL string }

type link struct{ Text, URL string }

// addresses makes the addresses that a message carries.
type addresses struct {
	page string
	word func(purpose string, id uptime.SubscriberID) string
	to   uptime.SubscriberID
}

func newAddresses(m notice.Message, links Links, page uptime.PageName) addresses {
	base := strings.TrimSuffix(links.Page, "/")
	if base == "" {
		base = strings.TrimSuffix(page.URL, "/")
	}
	a := addresses{page: base, word: links.Word}
	if isPublic(m.To.Kind) && len(m.To.ID) <= longestID {
		a.to = uptime.SubscriberID(m.To.ID)
	}
	return a
}

// longestID is longer than any id that is ours.
const longestID = 128

// incident is the incident's page; a draft's is the console, since the public
// page has none.
func (a addresses) incident(inc uptime.Incident) string {
	switch {
	case a.page == "" || inc.ID == "" || len(inc.ID) > longestID:
		return a.page
	case inc.Draft():
		return a.page + "/console/incidents/" + url.PathEscape(string(inc.ID))
	}
	return a.page + "/incidents/" + url.PathEscape(string(inc.ID))
}

// plan is the plan's page.
func (a addresses) plan(p uptime.Plan) string {
	switch {
	case a.page == "" || p.ID == "" || len(p.ID) > longestID:
		return a.page
	case p.Change():
		return a.page + "/changes/" + url.PathEscape(string(p.ID))
	}
	return a.page + "/maintenance/" + url.PathEscape(string(p.ID))
}

// signed is an address that belongs to one subscriber; empty where the message
// goes to none.
func (a addresses) signed(path, purpose string) string {
	if a.page == "" || a.word == nil || a.to == "" {
		return ""
	}
	return a.page + path + url.PathEscape(a.word(purpose, a.to))
}

func (a addresses) confirm() string     { return a.signed("/subscribe/confirm/", "confirm") }
func (a addresses) manage() string      { return a.signed("/subscribe/manage/", "manage") }
func (a addresses) unsubscribe() string { return a.signed("/unsubscribe/", "unsubscribe") }

// isPublic tells whether a recipient is a subscriber rather than a channel of
// the operators'.
func isPublic(kind uptime.RecipientKind) bool {
	return kind == uptime.ToMail || kind == uptime.ToWebhook
}
