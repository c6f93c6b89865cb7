package ical

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/markdown"
	"github.com/upheld/upheld/internal/uptime"
)

// OfPlan is the entry of a plan as it is announced now: with the times in force,
// or those that were called off. Components are the names of what it touches. A
// change is an instant. Its UID is the plan's id at the host of the page, so it
// is the same in the feed, in a file of its own and in every invitation.
func OfPlan(p uptime.Plan, page uptime.PageName, components []string) Event {
	r := p.Now()
	base := strings.TrimSuffix(page.URL, "/")
	e := Event{
		UID: string(p.ID) + "@" + host(base), Sequence: p.Sequence(), Stamp: cmpTime(r.At, p.CreatedAt),
		From: r.From, To: r.To, Cancelled: r.Cancelled || p.Phase == uptime.Cancelled, Tentative: p.Draft(),
		Summary: heading(p, page), Categories: []string{noun(p)},
	}
	if p.Change() {
		e.To = e.From
	}
	if base != "" {
		folder := "/maintenance/"
		if p.Change() {
			folder = "/changes/"
		}
		e.URL = base + folder + url.PathEscape(string(p.ID))
	}
	e.Description = description(p, page, components, e.URL)
	return e
}

// nowhere stands in a UID where the page's address is not known (RFC 2606).
const nowhere = "status.invalid"

func host(base string) string {
	if to, err := url.Parse(base); err == nil && to.Hostname() != "" {
		return strings.ToLower(to.Hostname())
	}
	return nowhere
}

func cmpTime(a, b time.Time) time.Time {
	if a.IsZero() {
		return b
	}
	return a
}

// noun says what is planned.
func noun(p uptime.Plan) string {
	switch p.Kind {
	case uptime.Release:
		return "Release"
	case uptime.PriceChange:
		return "Price change"
	case uptime.Behaviour:
		return "Change"
	case uptime.MaintenanceWork:
	}
	if p.Emergency {
		return "Emergency maintenance"
	}
	return "Maintenance"
}

// heading is "[Acme] Maintenance: Database upgrade". Many calendars do not show
// a status, so what is called off says so.
func heading(p uptime.Plan, page uptime.PageName) string {
	text := noun(p) + ": " + cmp.Or(line(p.Title, longestLine/2), string(p.ID))
	if p.Now().Cancelled || p.Phase == uptime.Cancelled {
		text = "Called off: " + text
	}
	if name := line(page.Name, 80); name != "" {
		text = "[" + name + "] " + text
	}
	return text
}

// description says in plain text what is planned, when, what it touches, and
// where to read more.
func description(p uptime.Plan, page uptime.PageName, components []string, to string) string {
	r := p.Now()
	var blocks []string
	add := func(format string, values ...any) { blocks = append(blocks, fmt.Sprintf(format, values...)) }
	if r.Cancelled || p.Phase == uptime.Cancelled {
		add("This is called off: it will not happen.%s", because(r.Reason))
	} else if len(p.Revisions) > 1 {
		before := p.Revisions[len(p.Revisions)-2]
		add("Announced anew. Before, it was %s.%s", when(p, before, page.Zone), because(r.Reason))
	}
	if text := markdown.Text(p.Body); text != "" {
		add("%s", text)
	}
	add("When: %s", when(p, r, page.Zone))
	if len(components) > 0 {
		add("Affected: %s", listed(components))
	}
	if !r.Cancelled {
		for _, b := range r.Broken {
			add("A promise is not kept: %s.", strings.TrimSuffix(line(b.Text, longestLine), "."))
		}
		if len(r.Broken) > 0 && r.Override != "" {
			add("Why all the same: %s", line(r.Override, longestText/10))
		}
	}
	if to != "" {
		add("%s", to)
	}
	return strings.Join(blocks, "\n\n")
}

func because(reason string) string {
	if reason = line(reason, longestText/10); reason == "" {
		return ""
	}
	return " " + reason
}

// mostNamed is how many components an entry names before it counts the rest.
const mostNamed = 20

func listed(components []string) string {
	var out []string
	for i, name := range components {
		if i == mostNamed-1 && len(components) > mostNamed {
			out = append(out, fmt.Sprintf("and %d more", len(components)-i))
			break
		}
		out = append(out, line(name, 80))
	}
	return strings.Join(out, ", ")
}

// when is the window of an announcement in the page's zone and in UTC.
func when(p uptime.Plan, r uptime.Revision, zone string) string {
	if p.Change() || !r.To.After(r.From) {
		return "from " + at(r.From, zone) + " on"
	}
	return at(r.From, zone) + " to " + at(r.To, zone)
}

// at is "7 Mar 2026, 14:02 AEST (7 Mar, 04:02 UTC)".
func at(t time.Time, zone string) string {
	const local = "2 Jan 2006, 15:04 MST"
	location, err := time.LoadLocation(zone)
	if err != nil || zone == "" || zone == "UTC" || zone == "Local" {
		return t.UTC().Format(local)
	}
	return t.In(location).Format(local) + t.UTC().Format(" (2 Jan, 15:04 UTC)")
}
