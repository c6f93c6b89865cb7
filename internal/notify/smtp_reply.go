package notify

import (
	"errors"
	"fmt"
	"net/textproto"
	"regexp"
	"strings"

	"github.com/upheld/upheld/internal/uptime"
)

const accepted = uptime.DeliveryAccepted

// stage is how far a transaction came.
type stage uint8

const (
	atSender stage = iota
	atRecipient
	atContent
)

// entering is why a server did not let us in. Whatever its code, it is about us
// and not about a mail: it is worth another attempt once somebody has mended
// the settings, and no address bounces for it.
func entering(err error) error {
	if reply, code := replyOf(err); code > 0 {
		return errors.New("the mail server does not let us in: " + scrub(reply, ""))
	}
	return errors.New("the mail server cannot be used: " + reason(err))
}

// judge says what the answer to a mail comes to.
func judge(at stage, err error, to string) error {
	reply, code := replyOf(err)
	if code == 0 {
		return errors.New("the connection to the mail server failed: " + reason(err))
	}
	refusal := &Refusal{Reply: scrub(reply, to)}
	switch {
	case code < 500 || isAboutSigningIn(code):
		// Not now, or not before we are let in.
	case at == atRecipient:
		refusal.Permanent, refusal.Bounced = true, !isAboutUs(reply)
	case at == atContent:
		refusal.Permanent, refusal.Bounced = true, isAboutAddress(reply)
	default:
		refusal.Permanent = true
	}
	return refusal
}

// ends tells whether the server ends the connection with this answer.
func (r *Refusal) ends() bool { return strings.HasPrefix(r.Reply, "421 ") }

// replyOf is what a server answered, with its code; 0: it did not.
func replyOf(err error) (string, int) {
	var answer *textproto.Error
	if !errors.As(err, &answer) || answer.Code < 400 || answer.Code > 599 {
		return "", 0
	}
	return fmt.Sprintf("%d %s", answer.Code, answer.Msg), answer.Code
}

func isAboutSigningIn(code int) bool {
	return code == 530 || code == 534 || code == 535 || code == 538
}

// enhanced finds an enhanced status code (RFC 3463), such as 5.1.1.
var enhanced = regexp.MustCompile(`\b[45]\.(\d{1,3})\.(\d{1,3})\b`)

// speaksOfUs finds what servers without enhanced codes say when they mean us.
var speaksOfUs = regexp.MustCompile(`(?i)relay|authenticat|spam|blocked|black ?list|policy|reputation|denied by`)

// isAboutUs tells whether a server that refuses a recipient refuses us: our
// mail, our network, our right to send through it. Such an answer says nothing
// of the address.
func isAboutUs(reply string) bool {
	if found := enhanced.FindStringSubmatch(reply); found != nil {
		switch found[1] {
		case "3", "5", "6", "7": // its system, our protocol, our content, policy
			return true
		}
		return false
	}
	return speaksOfUs.MatchString(reply)
}

// isAboutAddress tells whether a server that refuses a mail refuses its
// address, which some find out late.
func isAboutAddress(reply string) bool {
	found := enhanced.FindStringSubmatch(reply)
	return found != nil && (found[1] == "1" && found[2] != "7" && found[2] != "8" || found[1] == "2")
}

// queueIDs find the id that a server gave a mail: Postfix, Exim, Sendmail, and
// those that say nothing else.
var queueIDs = regexp.MustCompile(`(?i)queued as[ :]+([\w.-]+)|\bid=([\w.-]+)|([\w.-]+) message accepted for delivery|^(?:2\.\d+\.\d+ )?ok:? +([\w-]*\d[\w-]{9,})\s*(?:- ?gsmtp)?$`)

func queueID(reply string) string {
	found := queueIDs.FindStringSubmatch(line(reply, longestLine))
	for i := 1; i < len(found); i++ {
		if found[i] != "" {
			return found[i][:min(len(found[i]), 80)]
		}
	}
	return ""
}

// anAddress is whatever looks like a mail address.
var anAddress = regexp.MustCompile(`[^\s<>()"',;:]+@[^\s<>()"',;]+`)

// scrub makes another side's words fit for the ledger: one line, bounded,
// without mail addresses, whosesoever they are, and without the recipient's own
// in other spellings, as name=example.org, or the name before it.
func scrub(reply, to string) string {
	reply = anAddress.ReplaceAllString(line(reply, longestLine), "…")
	local, domain, _ := strings.Cut(line(to, longestLine), "@")
	if local == "" {
		return reply
	}
	name := `(?i)(^|[^\w])` + regexp.QuoteMeta(local)
	reply = regexp.MustCompile(name+`\W{0,3}(?:=|at)\W{0,3}`+regexp.QuoteMeta(domain)).ReplaceAllString(reply, "${1}…")
	if len(local) >= shortestSecret {
		reply = regexp.MustCompile(name+`($|[^\w])`).ReplaceAllString(reply, "${1}…${2}")
	}
	return reply
}
