package incidents

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/upheld/upheld/internal/uptime"
)

// Bounds of what is taken from an alert.
const (
	listedAlerts  = 5
	longestName   = 80  // characters
	longestReason = 200 // characters
)

// list says which alerts fire, the first few of them by name. It is plain text:
// what an alert says is cleaned and cut, and never read as anything else.
func (d *report) list(alerts []uptime.ReceivedAlert) string {
	var out strings.Builder
	if len(alerts) == 1 {
		out.WriteString("An alert fires: ")
	} else {
		fmt.Fprintf(&out, "%d alerts fire: ", len(alerts))
	}
	for i, a := range alerts[:min(len(alerts), listedAlerts)] {
		if i > 0 {
			out.WriteString("; ")
		}
		out.WriteString(plain(a.Labels["alertname"], longestName, "one without a name") + " since " + d.terms.clock(began(a)))
		if summary := plain(a.Annotations["summary"], longestReason, ""); summary != "" {
			out.WriteString(" (" + strings.TrimRight(summary, ".") + ")")
		}
	}
	if more := len(alerts) - listedAlerts; more > 0 {
		fmt.Fprintf(&out, "; and %d more", more)
	}
	return out.String() + "."
}

// titleOfAlert is the alert's summary, or its name, or the rule's.
func titleOfAlert(a uptime.ReceivedAlert, rule string) string {
	return plain(a.Annotations["summary"], MaxTitle, plain(a.Labels["alertname"], MaxTitle, rule))
}

// plain is one line of text without characters that cannot be seen, or the other
// text where nothing is left.
func plain(text string, most int, otherwise string) string {
	text = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), breaks(r):
			return ' '
		case r == unicode.ReplacementChar, !unicode.IsGraphic(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))), " ")
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most-1]) + "…"
	}
	if !visible(text) {
		return otherwise
	}
	return text
}

// What the ids of the words begin with, within their incident.
const overMark, againMark, countMark = "over-", "again-", "n"

// wordOf is the id of an automatic word within its incident; empty for a person's.
func wordOf(incident uptime.Incident, u uptime.Update) string {
	id, own := strings.CutPrefix(u.ID, string(incident.ID)+"-")
	if !u.Automatic || !own {
		return ""
	}
	return id
}

// newestWord is the id of the newest automatic word.
func newestWord(incident uptime.Incident) (id string) {
	for _, u := range incident.Updates {
		id = cmp.Or(wordOf(incident, u), id)
	}
	return id
}

// count is how many different alerts have been told of in this group, those
// that are over left out.
func (d *report) count() int {
	prints := map[string]bool{}
	for _, a := range d.firing {
		prints[a.Fingerprint] = true
	}
	return len(prints)
}

// counted is the id of the word that tells how many alerts fire.
func (d *report) counted() string { return countMark + strconv.Itoa(d.count()) }

// countIn is the number in the id of such a word.
func countIn(id string) (n int, counts bool) {
	number, is := strings.CutPrefix(id, countMark)
	n, err := strconv.Atoi(number)
	return n, is && err == nil
}

// stamp is a time within an id, to the millisecond.
func stamp(t time.Time) string {
	return strings.Replace(t.UTC().Format("20060102-150405.000"), ".", "", 1)
}

// What the ids of such incidents are made of: the mark, the rule's name, a digest
// of the group, and the start.
const (
	reportMark  = uptime.AlertIncident
	printLength = 10
	stampLength = len("20060102-150405000")
)

// ReportedBy reads the id of an incident that DecideReports opened: the rule's
// name, and what the ids of its group begin with; false for all other incidents.
func ReportedBy(id uptime.IncidentID) (rule, prefix string, is bool) {
	rest, is := strings.CutPrefix(string(id), reportMark)
	tail := 1 + printLength + 1 + stampLength
	if !is || len(rest) <= tail {
		return "", "", false
	}
	return rest[:len(rest)-tail], string(id[:len(id)-stampLength]), true
}

// ReportedAs is what the ids of a group's incidents begin with under a rule.
func ReportedAs(rule, group string) (prefix string) {
	return reportMark + rule + "-" + printOf(group) + "-"
}

// printOf is the digest of a group in ids.
func printOf(group string) string {
	sum := sha256.Sum256([]byte(group))
	return hex.EncodeToString(sum[:printLength/2])
}

// clock is a time by the page's clock.
func (t Terms) clock(at time.Time) string {
	zone := t.Zone
	if zone == nil {
		zone = time.UTC
	}
	return at.In(zone).Format("15:04:05 MST on 2 January 2006")
}
