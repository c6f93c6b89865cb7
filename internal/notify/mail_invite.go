package notify

import (
	"bytes"
	"errors"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"regexp"

	"github.com/wneessen/go-mail"

	"github.com/upheld/upheld/internal/ical"
	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// invitation is the calendar file that goes with a mail about a plan.
type invitation struct {
	file   []byte
	method ical.Method
	name   string // of the attachment
}

// invitation is the plan's entry as it was when the notice was written: the UID
// and SEQUENCE are those of the page's own calendar, so that whichever comes
// first, the newest stands. False: the message is about no plan, or for operators
// alone.
func (s sender) invitation(m notice.Message, links Links) (invitation, bool) {
	if len(m.Notices) == 0 || !aboutPlan(m.Reason) || m.Reason == uptime.PlanOverruns {
		return invitation{}, false
	}
	c := m.Notices[len(m.Notices)-1].Content
	if c.Plan.ID == "" || len(c.Plan.Revisions) == 0 {
		return invitation{}, false
	}
	page := c.Page
	if page.URL == "" {
		page.URL = newAddresses(m, links, page).page
	}
	names := make([]string, len(c.Components))
	for i, note := range c.Components {
		names[i] = note.Name
	}
	event := ical.OfPlan(c.Plan, page, names)
	event.Sender = s.from // whom a published event has to name (RFC 5546, 3.2.1)
	i := invitation{method: ical.Publish, name: "maintenance-" + token(string(c.Plan.ID)) + ".ics"}
	if c.Plan.Change() {
		i.name = "change-" + token(string(c.Plan.ID)) + ".ics"
	}
	if event.Cancelled {
		i.method = ical.Cancel
	}
	i.file = ical.Write(page.Name, i.method, []ical.Event{event})
	return i, true
}

// join adds the file twice, as large senders of invitations do: beside the text,
// where mail programs with a calendar look for it, and as an attachment, which
// every other one can save.
func (i invitation) join(msg *mail.Msg) error {
	kind := "text/calendar; method=" + string(i.method)
	msg.AddAlternativeString(mail.ContentType(kind), string(i.file), mail.WithPartEncoding(mail.EncodingB64))
	return msg.AttachReader(i.name, bytes.NewReader(i.file), mail.WithFileContentType(mail.ContentType(kind+"; charset=UTF-8")), mail.WithFileEncoding(mail.EncodingB64))
}

// errParts: the mail is not made of the parts that it was made of.
var errParts = errors.New("the mail is not sent: its parts are not those that were meant")

// parted writes words of ours between the parts of a mail with an invitation,
// in place of those that the library makes up anew every time, so that the same
// message is the same bytes.
func parted(raw []byte, word string) ([]byte, error) {
	whole, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return nil, errParts
	}
	outer, ok := boundaryOf(whole.Header.Get("Content-Type"), "multipart/mixed")
	if !ok {
		return nil, errParts
	}
	first, err := multipart.NewReader(whole.Body, outer).NextRawPart()
	if err != nil {
		return nil, errParts
	}
	inner, ok := boundaryOf(first.Header.Get("Content-Type"), "multipart/alternative")
	if !ok {
		return nil, errParts
	}
	raw = bytes.ReplaceAll(raw, []byte(outer), []byte(word))
	return bytes.ReplaceAll(raw, []byte(inner), []byte(word+"-text")), nil
}

// madeUp is what the library parts by: so random that no text has it.
var madeUp = regexp.MustCompile(`^[0-9a-f]{60}$`)

func boundaryOf(contentType, want string) (string, bool) {
	kind, parameters, err := mime.ParseMediaType(contentType)
	if err != nil || kind != want || !madeUp.MatchString(parameters["boundary"]) {
		return "", false
	}
	return parameters["boundary"], true
}
