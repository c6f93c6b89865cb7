package incidents

import (
	"fmt"
	"slices"

	"github.com/upheld/upheld/internal/uptime"
)

// publish shows a draft to the public. What is over by then is told in one
// message.
func publish(k known, silent bool) (move, error) {
	if err := k.closed(); err != nil {
		return move{}, err
	}
	if !k.incident.Draft() {
		return move{}, refuse("phase", "needs no publishing: the incident is public since %s", clock(k.incident.PublishedAt))
	}
	m := k.stays("incident.publish")
	m.incident.PublishedAt = k.now
	m.silent = silent
	if n := len(m.incident.Updates); n > 0 {
		m.told = m.incident.Updates[n-1]
	}
	switch {
	case m.incident.Open():
		m.reason = uptime.WentDown
	case spoken(m.incident) == uptime.FalseAlarm:
		m.reason = uptime.NewsOfState
	default:
		m.reason = uptime.WasDown
	}
	m.detail = fmt.Sprintf("tier %d, impact %s: %s", m.incident.Tier, m.incident.Impact, m.incident.Title)
	if silent {
		m.detail += "; nobody is told"
	}
	return m, nil
}

// correct changes what was said of the incident as a whole. It tells nobody.
func (c Correction) correct(k known) (move, error) {
	if err := k.closed(); err != nil {
		return move{}, err
	}
	var f fields
	m := k.stays("incident.correct")
	if c.Title != "" {
		m.incident.Title = f.line("title", c.Title, "what customers see")
	}
	if c.Impact != "" {
		f.impact(c.Impact)
		m.incident.Impact = c.Impact
	}
	if c.Tier != 0 {
		f.tier(c.Tier)
		m.incident.Tier = c.Tier
	}
	regraded := m.incident.Tier != k.incident.Tier
	if regraded || c.Reason != "" {
		c.Reason = f.line("reason", c.Reason, "why the tier changes")
	}
	if err := f.err(); err != nil {
		return move{}, err
	}
	var said []string
	if m.incident.Title != k.incident.Title {
		said = append(said, fmt.Sprintf("title %q, was %q", m.incident.Title, k.incident.Title))
	}
	if m.incident.Impact != k.incident.Impact {
		said = append(said, fmt.Sprintf("impact %s, was %s", m.incident.Impact, k.incident.Impact))
	}
	if regraded {
		said = append(said, fmt.Sprintf("tier %d, was %d, because %s", m.incident.Tier, k.incident.Tier, c.Reason))
	}
	if len(said) == 0 {
		return move{incident: k.incident}, nil
	}
	m.detail = listed(said)
	return m, nil
}

// amend replaces the text of an update and keeps the one that was there. It
// tells nobody.
func amend(k known, updateID, body string) (move, error) {
	if err := k.closed(); err != nil {
		return move{}, err
	}
	at := slices.IndexFunc(k.incident.Updates, func(u uptime.Update) bool { return u.ID == updateID })
	if at < 0 {
		return move{}, fmt.Errorf("update %q of incident %s: %w", updateID, k.incident.ID, uptime.ErrNotFound)
	}
	if k.incident.Updates[at].Automatic {
		return move{}, refuse("body", "stands as it was measured: add an update that says what was wrong with it")
	}
	var f fields
	body = f.body(body, true)
	if err := f.err(); err != nil {
		return move{}, err
	}
	if k.incident.Updates[at].Body == body {
		return move{incident: k.incident}, nil
	}
	m := k.stays("incident.amend")
	m.replaces(k, at, body)
	m.detail = "update " + updateID
	return m, nil
}

// replaces gives an update another text. The review's is the review.
func (m *move) replaces(k known, at int, body string) {
	u := m.incident.Updates[at]
	u.Amended = append(slices.Clip(u.Amended), uptime.Amendment{Body: u.Body, At: k.now, Author: k.by.ID})
	u.Body = body
	m.incident.Updates[at] = u
	m.amended = append(m.amended, u)
	if u.Phase == uptime.PostmortemOut {
		m.incident.Postmortem.Body = body
	}
}
