// Package ical writes iCalendar files (RFC 5545) and reads the whole days of
// those that list holidays. It fetches nothing.
package ical

import (
	"time"

	ics "github.com/arran4/golang-ical"
)

// Method is what a calendar file asks of who receives it.
type Method string

// The methods: what is published, and what is called off.
const (
	Publish Method = "PUBLISH"
	Cancel  Method = "CANCEL"
)

// Event is one entry. Its UID never changes; each announced change of it has a
// Sequence one higher.
type Event struct {
	UID         string
	Sequence    int
	Stamp       time.Time // when this version was announced
	From, To    time.Time // To may be From: an instant
	Cancelled   bool
	Tentative   bool
	Summary     string
	Description string
	URL         string
	Categories  []string
}

// Write is a calendar of these events. Times are in UTC, lines are folded at 75
// octets and end with CR and LF.
func Write(name string, method Method, events []Event) []byte {
	c := ics.NewCalendarFor(name)
	c.SetMethod(ics.Method(method))
	for _, e := range events {
		v := c.AddEvent(e.UID)
		v.SetSequence(e.Sequence)
		v.SetDtStampTime(e.Stamp)
		v.SetStartAt(e.From)
		v.SetEndAt(e.To)
		v.SetSummary(e.Summary)
		v.SetDescription(e.Description)
		if e.URL != "" {
			v.SetURL(e.URL)
		}
		switch {
		case e.Cancelled:
			v.SetStatus(ics.ObjectStatusCancelled)
		case e.Tentative:
			v.SetStatus(ics.ObjectStatusTentative)
		default:
			v.SetStatus(ics.ObjectStatusConfirmed)
		}
	}
	return []byte(c.Serialize())
}
