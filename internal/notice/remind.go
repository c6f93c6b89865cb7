package notice

import (
	"fmt"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// Reminders are the notices that incidents still last: for each channel that
// wants them one every Remind since the incident was detected. Of several that
// are due only the newest is planned, so that a stall is not followed by a
// burst, and none in quiet hours: the newest one comes when they end. The id
// follows from incident, channel and the time that it was due, so planning
// again owes nothing more.
func Reminders(rules Rules, open []uptime.Incident, now time.Time) []uptime.Notice {
	var out []uptime.Notice
	for _, incident := range open {
		for _, channel := range rules.Channels {
			due := reminderDue(incident, channel.Remind, now)
			if due.IsZero() {
				continue
			}
			e := Event{
				ID:     fmt.Sprintf("%s-reminder-%s-%d", incident.ID, channel.Name, due.Unix()),
				Reason: uptime.Reminder, Incident: incident,
			}
			row := rules.route(channel, e, now)
			if row.Held != "" {
				continue
			}
			alone := rules
			alone.Channels = []Channel{channel}
			out = append(out, Plan(alone, e, now))
		}
	}
	return out
}

// reminderDue is when the newest reminder was due; zero: none was.
func reminderDue(i uptime.Incident, every time.Duration, now time.Time) time.Time {
	since := i.DetectedAt
	if since.IsZero() {
		since = i.StartedAt
	}
	if every <= 0 || !i.Open() || since.IsZero() || now.Sub(since) < every {
		return time.Time{}
	}
	return since.Add(now.Sub(since).Truncate(every))
}

// Overdue are the notices to operators that a promised update did not come: one
// for each promise that is past and not kept. The id follows from the update
// that promised.
func Overdue(rules Rules, open []uptime.Incident, now time.Time) []uptime.Notice {
	var out []uptime.Notice
	for _, incident := range open {
		promised := incident.Promised()
		if promised.IsZero() || !now.After(promised) {
			continue
		}
		update := incident.Updates[len(incident.Updates)-1]
		out = append(out, Plan(rules, Event{
			ID: update.ID + "-overdue", Reason: uptime.UpdateOverdue, Incident: incident, Update: update,
		}, now))
	}
	return out
}
