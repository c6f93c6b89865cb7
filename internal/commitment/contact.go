package commitment

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"github.com/upheld/upheld/internal/uptime"
)

// Doubts say what of a contact cannot be right, is a placeholder, or may not work
// for everybody, each in a sentence.
func Doubts(c uptime.Contact) []string { return examine(c).doubts }

// examined is what can be said of a contact by looking at how it is written.
type examined struct {
	doubts      []string
	right, left int // ways of reaching somebody that can be right, and others
}

func examine(c uptime.Contact) (e examined) {
	who := cmp.Or(c.Role, "a contact")
	if c.Region != "" {
		who += " (" + c.Region + ")"
	}
	look := func(what, text string, wrong []string, works bool) {
		for _, w := range wrong {
			e.doubts = append(e.doubts, who+": the "+what+" “"+text+"” "+w)
		}
		if works {
			e.right++
		} else {
			e.left++
		}
	}
	if c.Phone != "" {
		dial, wrong := Phone(c.Phone)
		kept := fictitious(dial)
		if kept {
			wrong = append(wrong, "is a placeholder, kept for examples and films")
		}
		look("number", c.Phone, wrong, dial != "" && !kept)
	}
	if c.Mail != "" {
		wrong := mailDoubts(c.Mail)
		look("address", c.Mail, wrong, len(wrong) == 0)
	}
	if c.URL != "" {
		wrong := linkDoubts(c.URL)
		look("link", c.URL, wrong, len(wrong) == 0)
	}
	if c.Phone == "" && c.Mail == "" && c.URL == "" {
		e.doubts = append(e.doubts, who+": nothing says how to reach them")
	}
	return e
}

// mailDoubts are about what nobody could write to. Whether mail arrives is not
// known by looking.
func mailDoubts(text string) []string {
	local, domain, found := strings.Cut(text, "@")
	switch {
	case strings.ContainsAny(text, "[]<>") && strings.Contains(text, " "):
		return []string{"is masked: write the address itself"}
	case !found || local == "" || !strings.Contains(strings.Trim(domain, "."), ".") || strings.Contains(domain, "@") ||
		strings.ContainsFunc(text, unicode.IsSpace) || strings.ContainsAny(text, "[]<>,;"):
		return []string{"is no mail address"}
	case reserved(domain):
		return []string{"is a placeholder"}
	}
	return nil
}

func linkDoubts(text string) []string {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return []string{"is no link such as https://example.org/support"}
	case reserved(u.Hostname()):
		return []string{"is a placeholder"}
	}
	return nil
}

// reserved tells whether a name is kept for examples (RFC 2606).
func reserved(domain string) bool {
	labels := strings.Split(strings.ToLower(strings.Trim(domain, ".")), ".")
	switch last := labels[len(labels)-1]; last {
	case "example", "test", "invalid", "localhost":
		return true
	case "com", "net", "org":
		return len(labels) > 1 && labels[len(labels)-2] == "example"
	}
	return false
}

// contacts is the standing of a promise that somebody can be reached: it is kept
// by showing how. Each contact counts for itself: where one of them names no way
// that can be right, as with placeholders, nobody knows that who was promised can
// be reached. Where each has one, and something else that is written cannot be
// right, the promise is at risk.
func contacts(c uptime.Commitment) uptime.Standing {
	s := uptime.Standing{Verdict: uptime.Met, Value: uptime.Count(len(c.Contacts), "contact")}
	var doubts []string
	reached, left := 0, 0
	for _, contact := range c.Contacts {
		e := examine(contact)
		doubts = append(doubts, e.doubts...)
		left += e.left
		if e.right > 0 {
			reached++
		}
	}
	s.Why = strings.Join(doubts, "; ")
	switch {
	case reached < len(c.Contacts):
		s.Verdict, s.Value = uptime.InsufficientData, fmt.Sprintf("%d of %s can be right", reached, uptime.Count(len(c.Contacts), "contact"))
	case left > 0:
		s.Verdict = uptime.AtRisk
	}
	return s
}
