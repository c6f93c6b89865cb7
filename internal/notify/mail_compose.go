package notify

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	netmail "net/mail"
	"regexp"
	"slices"
	"strings"

	"github.com/wneessen/go-mail"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// composed is a mail, ready to be sent: the same message is the same bytes.
type composed struct {
	raw    []byte
	digest string // of raw
}

// compose writes the mail of a message.
func (s sender) compose(m notice.Message, text Text, links Links, to []string) (composed, error) {
	invitation, invites := s.invitation(m, links)
	options := []mail.MsgOption{mail.WithNoDefaultUserAgent()}
	if !invites { // else there are parts within parts, which the library would part by the same word
		options = append(options, mail.WithBoundary(boundary(m)))
	}
	msg := mail.NewMsg(options...)
	msg.FromMailAddress(&netmail.Address{Name: s.from.Name, Address: s.from.Address})
	for _, address := range to {
		msg.AddToMailAddress(&netmail.Address{Address: address})
	}
	msg.Subject(text.Subject)
	msg.SetMessageIDWithValue(token(m.ID) + "@" + s.domain)
	if len(m.Notices) > 0 {
		msg.SetDateWithValue(m.Notices[len(m.Notices)-1].At.UTC())
	}
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	if root := s.thread(m); root != "" {
		msg.SetGenHeader(mail.HeaderReferences, root)
		msg.SetGenHeader(mail.HeaderInReplyTo, root)
	}
	address := newAddresses(m, links, uptime.PageName{})
	if leave := address.unsubscribe(); leave != "" && m.Reason != uptime.ConfirmSubscription {
		msg.SetGenHeader(mail.HeaderListUnsubscribe, "<"+leave+">")
		msg.SetGenHeader(mail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	}
	msg.SetBodyString(mail.TypeTextPlain, text.Plain)
	msg.AddAlternativeString(mail.TypeTextHTML, text.HTML)
	if invites {
		if err := invitation.join(msg); err != nil {
			return composed{}, fmt.Errorf("the mail could not be written: %w", err)
		}
	}
	var written bytes.Buffer
	if _, err := msg.WriteTo(&written); err != nil {
		return composed{}, fmt.Errorf("the mail could not be written: %w", err)
	}
	raw := written.Bytes()
	if invites {
		var err error
		if raw, err = parted(raw, boundary(m)); err != nil {
			return composed{}, err
		}
	}
	if err := unchanged(raw, to); err != nil {
		return composed{}, err
	}
	sum := sha256.Sum256(raw)
	return composed{raw: raw, digest: hex.EncodeToString(sum[:])}, nil
}

// thread is what all mails about one incident, or one plan, to one recipient
// refer to, so that they are shown together.
func (s sender) thread(m notice.Message) string {
	if m.Reason == uptime.Digest || len(m.Notices) == 0 {
		return ""
	}
	n := m.Notices[len(m.Notices)-1]
	switch {
	case n.Incident != "":
		return "<" + short("thread", string(n.Incident), string(m.To.Kind), m.To.ID) + ".incident@" + s.domain + ">"
	case n.Plan != "":
		return "<" + short("plan", string(n.Plan), string(m.To.Kind), m.To.ID) + ".plan@" + s.domain + ">"
	}
	return ""
}

// boundary parts the parts of a mail, the same ones whenever it is written.
func boundary(m notice.Message) string { return "part-" + short("boundary", m.ID) }

// longestLocal is the number of bytes before the @ of an address (RFC 5321,
// 4.5.3.1.1).
const longestLocal = 64

// envelope is the address that a report of non-delivery comes back to. It names
// the delivery where there is room for it; else the Message-ID alone does.
func (s sender) envelope(id string) string {
	local, domain, found := strings.Cut(s.returnPath, "@")
	if !found {
		return s.from.Address
	}
	if named := local + "+" + token(id); len(named) <= longestLocal {
		local = named
	}
	return local + "@" + domain
}

// token is an id that can stand before the @ of an address: itself where it can,
// as the id of every delivery (uptime.DeliveryID), else a hash of it.
func token(id string) string {
	if isToken.MatchString(id) {
		return id
	}
	return short("id", id)
}

var isToken = regexp.MustCompile(`^([0-9a-z-]{1,40}|[a-z2-7]{16}\.[0-9a-z-]{1,33})$`)

func short(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// mailHeaders are all that a mail of ours has.
var mailHeaders = []string{
	"From", "To", "Subject", "Date", "Message-Id", "Mime-Version", "Content-Type", "Auto-Submitted",
	"References", "In-Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post",
}

// errChanged refuses a mail whose headers are not those that were meant. The
// library encodes them; this is the second lock on that door.
var errChanged = errors.New("the mail is not sent: a text of it would have changed its headers")

// unchanged tells whether a mail has our headers alone, each once, and goes to
// nobody else.
func unchanged(raw []byte, to []string) error {
	parsed, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return errChanged
	}
	for name, values := range parsed.Header {
		if len(values) != 1 || !slices.Contains(mailHeaders, name) {
			return errChanged
		}
	}
	list, err := parsed.Header.AddressList("To")
	if err != nil || len(list) != len(to) {
		return errChanged
	}
	for i, address := range list {
		if address.Address != to[i] {
			return errChanged
		}
	}
	return nil
}

// Preview is a mail before it is sent.
type Preview struct {
	Subject, Plain, HTML string
	Headers              []Header // in the order of the mail; none where no mail server is known
	// Calendar is the file that goes with the mail, as iCalendar; empty: none.
	Calendar string
}

// Header is one line of a mail's head, decoded.
type Header struct{ Name, Value string }

// WhatIsSent is exactly the mail that a message will be, without sending it. A
// recipient without an address is shown as an example.
func WhatIsSent(s MailSettings, links Links, m notice.Message) (Preview, error) {
	text := Render(m, links)
	preview := Preview{Subject: text.Subject, Plain: text.Plain, HTML: text.HTML}
	var from sender
	if s.Server != "" {
		var err error
		if from, err = s.check(); err != nil {
			return Preview{}, err
		}
	}
	if invitation, invites := from.invitation(m, links); invites {
		preview.Calendar = string(invitation.file)
	}
	if s.Server == "" {
		return preview, nil
	}
	to := m.To.Address
	if to == "" {
		to = "reader@example.org"
	}
	mail, err := from.compose(m, text, links, []string{to})
	if err != nil {
		return Preview{}, err
	}
	head, _, _ := strings.Cut(string(mail.raw), "\r\n\r\n")
	decoder := new(mime.WordDecoder)
	for field := range strings.SplitSeq(strings.ReplaceAll(strings.ReplaceAll(head, "\r\n ", " "), "\r\n\t", " "), "\r\n") {
		name, value, _ := strings.Cut(field, ": ")
		if decoded, err := decoder.DecodeHeader(value); err == nil {
			value = decoded
		}
		preview.Headers = append(preview.Headers, Header{name, value})
	}
	return preview, nil
}
