package incidents

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/upheld/upheld/internal/uptime"
)

// Bounds of what people enter.
const (
	MaxTitle   = 200                 // characters, of titles, names and reasons
	MaxBody    = 20 << 10            // bytes
	MaxPromise = 30 * 24 * time.Hour // until the next update
)

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

// refuse is one fault as an error.
func refuse(field, format string, args ...any) error {
	return Invalid{{Field: field, Text: fmt.Sprintf(format, args...)}}
}

// line reads one line of plain text, which is not empty.
func (f *fields) line(field, text, what string) string {
	text = strings.TrimSpace(text)
	switch {
	case !visible(text):
		f.fault(field, "is empty: say in one line %s", what)
	case !utf8.ValidString(text):
		f.fault(field, "is not valid UTF-8")
	case strings.ContainsFunc(text, breaks):
		f.fault(field, "is more than one line, or holds characters that cannot be seen: write one line of plain text")
	case utf8.RuneCountInString(text) > MaxTitle:
		f.fault(field, "has %d characters: %d are the most", utf8.RuneCountInString(text), MaxTitle)
	}
	return text
}

// breaks tells whether a character breaks a line or turns the direction of
// what follows: what is read would not be what stands there.
func breaks(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}

// visible tells whether the text holds anything that a reader sees.
func visible(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) })
}

// body reads Markdown. Line ends become \n, and control characters that came
// with a paste are dropped.
func (f *fields) body(text string, needed bool) string {
	switch {
	case len(text) > MaxBody:
		f.fault("body", "has %d bytes: %d are the most", len(text), MaxBody)
		return text
	case !utf8.ValidString(text):
		f.fault("body", "is not valid UTF-8")
		return text
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ReplaceAll(text, "\r\n", "\n"))
	text = strings.TrimRight(strings.Trim(text, "\n"), " \t\n")
	if needed && !visible(text) {
		f.fault("body", "is empty: say what is known and what customers can do")
	}
	return text
}

func (f *fields) tier(tier uptime.Tier) {
	if tier < 1 || tier > 3 {
		f.fault("tier", "is %d: use 1, 2 or 3", tier)
	}
}

func (f *fields) impact(impact uptime.Impact) {
	switch impact {
	case uptime.ImpactNone, uptime.ImpactMinor, uptime.ImpactMajor, uptime.ImpactCritical:
	default:
		f.fault("impact", "is %q: use none, minor, major or critical", impact)
	}
}

// components reads a list of components: each once, and each known. Those that
// stand there already may have left the configuration since.
func (f *fields) components(field string, ids, already []uptime.ComponentID, catalogue uptime.Catalogue) []uptime.ComponentID {
	var out []uptime.ComponentID
	for _, id := range ids {
		if slices.Contains(out, id) {
			continue
		}
		out = append(out, id)
		exists := func(c uptime.Component) bool { return c.ID == id }
		if !slices.Contains(already, id) && !slices.ContainsFunc(catalogue.Components, exists) {
			f.fault(field, "names %q, which is no component", id)
		}
	}
	return out
}

// apart finds components that are said to be affected and to work.
func (f *fields) apart(affected, unaffected []uptime.ComponentID) {
	for _, id := range unaffected {
		if slices.Contains(affected, id) {
			f.fault("unaffected", "names %q, which is affected as well: choose one", id)
		}
	}
}

// states reads what is said of components.
func (f *fields) states(states map[uptime.ComponentID]uptime.State, affected []uptime.ComponentID) {
	for _, id := range sorted(states) {
		field := "states." + string(id)
		switch state := states[id]; state {
		case uptime.Up, uptime.Degraded, uptime.Partial, uptime.Down:
			if !slices.Contains(affected, id) {
				f.fault(field, "is given, but the component is not among those affected: add it to components")
			}
		case uptime.Unknown, uptime.Maintenance:
			f.fault(field, "is %s: use degraded, partial or down, or up to take back what was said", state)
		default:
			f.fault(field, "is no state: use degraded, partial, down or up")
		}
	}
}

func (f *fields) nextBy(next, now time.Time, over bool) {
	switch {
	case next.IsZero():
	case over:
		f.fault("next_update_by", "promises an update of what is over: leave it out")
	case !next.After(now):
		f.fault("next_update_by", "is not in the future: give a later time, or leave it out to promise nothing")
	case next.Sub(now) > MaxPromise:
		f.fault("next_update_by", "is more than %d days away: promise an earlier time", int(MaxPromise.Hours()/24))
	}
}

// past reads a time that something is said of.
func (f *fields) past(field string, at, from, now time.Time) {
	switch {
	case at.After(now):
		f.fault(field, "is in the future: give a time that has passed, or leave it out for now")
	case at.Before(from):
		f.fault(field, "is before the incident began, at %s", clock(from))
	}
}

func clock(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05 MST") }

// whole is the time as it is kept: UTC, in whole milliseconds.
func whole(at time.Time) time.Time {
	if at.IsZero() {
		return time.Time{}
	}
	return at.UTC().Truncate(time.Millisecond)
}
