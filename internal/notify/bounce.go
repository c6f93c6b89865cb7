package notify

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"net/textproto"
	"regexp"
	"strings"
)

// Bounce is what a report of non-delivery says (RFC 3464).
type Bounce struct {
	Delivery  string // id; never empty
	Status    string // as 5.1.1; empty: the report has none
	Permanent bool   // it is refused for good (5.x.x); otherwise it is late, or failed for a passing reason
	Reply     string // the receiving server's words; one line, bounded, without addresses
}

// Bounds of a report. What is beyond is not read.
const (
	largestReport = 1 << 20
	mostParts     = 20
	largestPart   = 64 << 10
)

// ErrNoBounce says that a mail reports no failure of a delivery of ours: it is
// something else, or says nothing of which delivery it is about.
var ErrNoBounce = errors.New("this mail is no report of a delivery of ours")

// ParseBounce reads a report of non-delivery. Which delivery it is about stands
// in the address that it came to (bounces+ID@…), or else in the Message-ID of
// the mail that it returns. An error is ErrNoBounce, or says why the mail
// cannot be read.
func ParseBounce(r io.Reader) (Bounce, error) {
	mail, err := netmail.ReadMessage(bufio.NewReader(io.LimitReader(r, largestReport)))
	if err != nil {
		return Bounce{}, errors.New("this is no mail: its head cannot be read")
	}
	kind, params, err := mime.ParseMediaType(mail.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/report" || params["boundary"] == "" ||
		params["report-type"] != "" && !strings.EqualFold(params["report-type"], "delivery-status") {
		return Bounce{}, ErrNoBounce
	}
	report, err := readReport(mail.Body, params["boundary"])
	if err != nil {
		return Bounce{}, err
	}
	bounce := report.bounce
	for _, header := range []string{"Delivered-To", "X-Original-To", "X-Envelope-To", "Envelope-To", "To"} {
		if bounce.Delivery == "" {
			bounce.Delivery = deliveryIn(mail.Header[textproto.CanonicalMIMEHeaderKey(header)])
		}
	}
	if bounce.Delivery == "" {
		bounce.Delivery = report.original
	}
	if bounce.Delivery == "" || !report.failed {
		return Bounce{}, ErrNoBounce
	}
	return bounce, nil
}

// report is what the parts say.
type report struct {
	bounce   Bounce
	failed   bool
	original string // delivery, by the mail that is returned
}

func readReport(body io.Reader, boundary string) (report, error) {
	var out report
	parts := multipart.NewReader(body, boundary)
	for range mostParts {
		part := nextPart(parts)
		if part == nil {
			break
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		switch kind {
		case "message/delivery-status", "message/global-delivery-status":
			text, err := content(part)
			if err != nil {
				return report{}, err
			}
			out.status(text)
		case "message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers":
			text, err := content(part)
			if err != nil {
				return report{}, err
			}
			out.returned(text)
		}
	}
	return out, nil
}

// nextPart is nil at the end, and where a report was cut off: what was read
// counts.
func nextPart(parts *multipart.Reader) *multipart.Part {
	if part, err := parts.NextRawPart(); err == nil {
		return part
	}
	return nil
}

// content is the beginning of a part, decoded.
func content(part *multipart.Part) ([]byte, error) {
	var from io.Reader = part
	switch strings.ToLower(strings.TrimSpace(part.Header.Get("Content-Transfer-Encoding"))) {
	case "base64":
		from = base64.NewDecoder(base64.StdEncoding, from)
	case "quoted-printable":
		from = quotedprintable.NewReader(from)
	}
	text, err := io.ReadAll(io.LimitReader(from, largestPart))
	if err != nil && len(text) == 0 {
		return nil, fmt.Errorf("a part of the report cannot be read: %w", err)
	}
	return text, nil
}

// statusCode is a status of RFC 3463.
var statusCode = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}\b`)

// status reads the fields of the report: those of the message, an empty line,
// and those of each recipient. Ours have one recipient; of several the first
// failure counts.
func (r *report) status(text []byte) {
	reader := textproto.NewReader(bufio.NewReader(bytes.NewReader(append(bytes.TrimSpace(text), "\r\n\r\n"...))))
	for range mostParts {
		fields, err := reader.ReadMIMEHeader()
		action := strings.ToLower(strings.TrimSpace(fields.Get("Action")))
		if !r.failed && (action == "failed" || action == "delayed") {
			r.failed = true
			r.bounce.Status = statusCode.FindString(strings.TrimSpace(fields.Get("Status")))
			r.bounce.Permanent = action == "failed" && !strings.HasPrefix(r.bounce.Status, "4.")
			_, words, found := strings.Cut(fields.Get("Diagnostic-Code"), ";")
			if !found {
				words = fields.Get("Diagnostic-Code")
			}
			_, recipient, _ := strings.Cut(fields.Get("Final-Recipient"), ";")
			r.bounce.Reply = scrub(words, strings.TrimSpace(recipient))
		}
		if err != nil {
			return
		}
	}
}

// returned reads the head of the mail that came back.
func (r *report) returned(text []byte) {
	head, _ := textproto.NewReader(bufio.NewReader(bytes.NewReader(append(text, "\r\n\r\n"...)))).ReadMIMEHeader()
	if id := messageID.FindStringSubmatch(head.Get("Message-Id")); id != nil && isToken.MatchString(id[1]) {
		r.original = id[1]
	}
	if r.original == "" {
		r.original = deliveryIn(head["Return-Path"])
	}
}

// Deliveries in addresses that we made.
var (
	messageID = regexp.MustCompile(`^\s*<([0-9a-z.-]{1,50})@[^<>@\s]+>\s*$`)
	verp      = regexp.MustCompile(`[\w.-]\+([0-9a-z.-]{1,50})@`)
)

func deliveryIn(values []string) string {
	for _, value := range values {
		if found := verp.FindStringSubmatch(strings.ToLower(value)); found != nil && isToken.MatchString(found[1]) {
			return found[1]
		}
	}
	return ""
}
