package statuspage

import (
	"net/mail"
	"net/url"
	"strings"

	"github.com/upheld/upheld/internal/uptime"
)

// standingMark is a verdict as a reader meets it. What was aimed at or expected
// can be missed; only what was promised can be breached.
func standingMark(v uptime.Verdict, s uptime.Strength) Mark {
	switch v {
	case uptime.Met:
		return Mark{"up", "✓", "met"}
	case uptime.OnTrack:
		return Mark{"up", "●", "on track"}
	case uptime.AtRisk:
		return Mark{"deg", "◐", "at risk"}
	case uptime.Breached:
		if s == uptime.Aim || s == uptime.Expectation {
			return Mark{"part", "▲", "missed"}
		}
		return Mark{"down", "■", "breached"}
	case uptime.Overdue:
		return Mark{"part", "▲", "overdue"}
	case uptime.InsufficientData:
		return Mark{"unk", "○", "too little data"}
	case uptime.NotMeasured:
	}
	return Mark{"unk", "–", "not measured"}
}

// merelyShown tells whether a promise is met because something stands on the page,
// and not because anything was measured.
func merelyShown(st uptime.Standing) bool {
	kind := st.Commitment.Kind
	return st.Verdict == uptime.Met && (kind == uptime.OfText || kind == uptime.OfContact)
}

// presentMark is how a promise stands now, as a reader meets it: what is merely
// shown is never counted with what was kept.
func presentMark(st uptime.Standing) Mark {
	if merelyShown(st) {
		return Mark{"unk", "✓", "shown"}
	}
	return standingMark(st.Verdict, st.Commitment.Strength)
}

// verdictOrder is how verdicts are counted for a reader: the worst first.
var verdictOrder = [...]uptime.Verdict{
	uptime.Breached, uptime.Overdue, uptime.AtRisk, uptime.OnTrack, uptime.Met, uptime.InsufficientData, uptime.NotMeasured,
}

// strengthWord is how strongly something was promised.
func strengthWord(s uptime.Strength) string {
	switch s {
	case uptime.Aim:
		return "aim"
	case uptime.Expectation:
		return "expectation"
	case uptime.Firm:
	}
	return "commitment"
}

// strengthTerms says what the strength means.
func strengthTerms(s uptime.Strength) string {
	switch s {
	case uptime.Aim:
		return "an aim: it is counted when it is missed, and is no breach"
	case uptime.Expectation:
		return "an expectation: what is usual; it is counted when it is missed, and is no breach"
	case uptime.Firm:
	}
	return "a commitment: it is breached when it is not kept"
}

// kindWord is how a promise is measured.
func kindWord(k uptime.CommitmentKind) string {
	switch k {
	case uptime.OfAvailability:
		return "availability, measured continuously"
	case uptime.OfMaintenanceHours:
		return "hours without maintenance, held when work is announced"
	case uptime.OfNotice:
		return "notice ahead, held when something is announced"
	case uptime.OfClock:
		return "a clock that runs for each record"
	case uptime.OfHeartbeat:
		return "what jobs report"
	case uptime.OfRegister:
		return "dated evidence"
	case uptime.OfPromise:
		return "something by a date"
	case uptime.OfContact:
		return "contacts that are shown"
	case uptime.OfText:
		return "text that is shown"
	case uptime.NotSoftware:
	}
	return "not measured by software"
}

// safeLink is an address that a reader may be led to: a path of ours, or http
// and https; empty for any other.
func safeLink(address string) string {
	if strings.ContainsAny(address, "\\\x00\n\r\t ") {
		return ""
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return ""
	case u.Scheme == "" && u.Host == "" && strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//"):
		return address
	case (u.Scheme == "http" || u.Scheme == "https") && u.Host != "":
		return u.String()
	}
	return ""
}

// mailLink writes to an address; empty for what is none.
func mailLink(address string) string {
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || strings.ContainsAny(address, "\"<>?&%\\ ") {
		return ""
	}
	return (&url.URL{Scheme: "mailto", Opaque: url.PathEscape(address)}).String()
}

// links of references, those alone that lead somewhere.
func referenceLinks(all []uptime.Reference) []Link {
	var out []Link
	for _, r := range all {
		if r.Text != "" || r.Path != "" {
			out = append(out, Link{safeLink(r.Path), isolate(r.Text)})
		}
	}
	return out
}
