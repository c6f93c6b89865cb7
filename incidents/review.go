package incidents

import (
	"slices"

	"github.com/upheld/upheld/internal/uptime"
)

// gravest is the tier whose incidents are not closed without a review, or
// without the reason for having none.
const gravest uptime.Tier = 1

// review writes what was learned, as a draft or for the public. One that is
// public stays so, and its earlier texts are kept.
func review(k known, body string, publish bool) (move, error) {
	if err := k.closed(); err != nil {
		return move{}, err
	}
	var f fields
	body = f.body(body, publish)
	out := !k.incident.Postmortem.PublishedAt.IsZero()
	switch {
	case out && !publish:
		f.fault("body", "cannot become a draft again: the review is public; publish the corrected text")
	case publish && k.incident.Draft():
		f.fault("phase", "is not public: publish the incident before its review")
	case publish && k.incident.Open():
		f.fault("phase", "is %s: end the incident before its review is published", k.incident.Phase)
	}
	if err := f.err(); err != nil {
		return move{}, err
	}
	if body == k.incident.Postmortem.Body && out == publish {
		return move{incident: k.incident}, nil
	}
	m := k.stays("incident.review")
	m.incident.Postmortem.Body = body
	switch {
	case !publish:
		m.detail = "draft"
	case out:
		m.detail = "corrected"
		if at := reviewOf(k.incident); at >= 0 {
			m.replaces(k, at, body)
		}
	default:
		m.detail = "published"
		m.incident.Postmortem.PublishedAt, m.incident.Postmortem.Waived = k.now, ""
		m.incident.Phase = uptime.PostmortemOut
		m.reason = uptime.ReviewOut
		m.adds(uptime.Update{
			ID: k.word(), Phase: uptime.PostmortemOut, Body: body,
			At: later(k.now, k.newest()), WrittenAt: k.now, Author: k.by.ID,
		})
	}
	return m, nil
}

// reviewOf is the place of the update that carries the published review; -1:
// there is none.
func reviewOf(i uptime.Incident) int {
	return slices.IndexFunc(i.Updates, func(u uptime.Update) bool { return u.Phase == uptime.PostmortemOut })
}

// waive says why there is no review.
func waive(k known, reason string) (move, error) {
	if err := k.closed(); err != nil {
		return move{}, err
	}
	var f fields
	reason = f.line("reason", reason, "why there is no review")
	if !k.incident.Postmortem.PublishedAt.IsZero() {
		f.fault("reason", "is not needed: the review is public")
	}
	if err := f.err(); err != nil {
		return move{}, err
	}
	if reason == k.incident.Postmortem.Waived {
		return move{incident: k.incident}, nil
	}
	m := k.stays("incident.waive")
	m.incident.Postmortem.Waived = reason
	m.detail = reason
	return m, nil
}

// closes ends the work on an incident: nothing of it changes afterwards.
func closes(k known) (move, error) {
	if err := k.closed(); err != nil {
		return move{}, err
	}
	var f fields
	review := k.incident.Postmortem
	switch {
	case k.incident.Draft():
		f.fault("phase", "is a draft's: publish or discard it")
	case k.incident.Open():
		f.fault("phase", "is %s: end the incident before it is closed", k.incident.Phase)
	}
	if k.incident.Tier == gravest && review.PublishedAt.IsZero() && review.Waived == "" {
		f.fault("reason", "is missing: an incident of tier 1 is closed with a published review, or with the reason for having none")
	}
	if err := f.err(); err != nil {
		return move{}, err
	}
	m := k.stays("incident.close")
	m.incident.ClosedAt = k.now
	m.detail = "review published"
	switch {
	case review.PublishedAt.IsZero() && review.Waived != "":
		m.detail = "review waived"
	case review.PublishedAt.IsZero():
		m.detail = "no review"
	}
	return m, nil
}

// discard ends a draft that the public never saw and never will. Operators who
// were told of an automatic one hear that it is over.
func discard(k known) (move, error) {
	if err := k.closed(); err != nil {
		return move{}, err
	}
	if !k.incident.Draft() {
		return move{}, refuse("phase", "is public: end the incident as false_alarm instead")
	}
	m := k.stays("incident.discard")
	if m.incident.Open() {
		m.incident.ResolvedAt = k.now
		m.reason = uptime.Recovered
	}
	m.incident.Phase, m.incident.ClosedAt = uptime.FalseAlarm, k.now
	m.statements = takenBack(m.statements)
	m.detail = m.incident.Title
	return m, nil
}
