package notice

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/uptime"
)

// ids are those of the notices, without repetition.
func ids(seen map[string]bool, notices []uptime.Notice) map[string]bool {
	for _, n := range notices {
		seen[n.ID] = true
	}
	return seen
}

func TestRemindersComeRegularlyWhileItLasts(t *testing.T) {
	r := rules(Channel{Name: "pager", Remind: time.Hour}, Channel{Name: "chat"}, Channel{Name: "off", Remind: time.Hour, Disabled: true},
		Channel{Name: "other", Remind: time.Hour, Tiers: []uptime.Tier{3}})
	open := []uptime.Incident{outage()}
	seen := map[string]bool{}
	for at := noon; at.Before(noon.Add(5 * time.Hour)); at = at.Add(30 * time.Second) {
		for _, n := range Reminders(r, open, at) {
			if len(n.Channels) != 1 || n.Channels[0] != (uptime.Routed{Channel: "pager"}) || n.Audience != nil || n.Reason != uptime.Reminder {
				t.Fatalf("a reminder for %+v, %+v", n.Channels, n.Audience)
			}
			if !seen[n.ID] && at.Sub(noon)%time.Hour != 0 {
				t.Errorf("a new reminder after %s", at.Sub(noon))
			}
			seen[n.ID] = true
		}
	}
	if len(seen) != 4 {
		t.Errorf("%d reminders in five hours", len(seen))
	}
	over := outage()
	over.ResolvedAt = noon.Add(time.Hour)
	if got := Reminders(r, []uptime.Incident{over}, noon.Add(3*time.Hour)); len(got) != 0 {
		t.Errorf("reminded of what is over: %+v", got)
	}
}

func TestAStallIsFollowedByOneReminder(t *testing.T) {
	r := rules(Channel{Name: "pager", Remind: 10 * time.Minute})
	if got := Reminders(r, []uptime.Incident{outage()}, noon.Add(12*time.Hour)); len(got) != 1 {
		t.Errorf("%d reminders", len(got))
	}
}

func TestQuietHoursAreFollowedByOneReminder(t *testing.T) {
	minor := outage()
	minor.Tier = 3
	r := rules(Channel{Name: "pager", Remind: time.Hour, Quiet: &Quiet{From: 22 * time.Hour, To: 7 * time.Hour, Except: 1}})
	seen := map[string]bool{}
	for at := noon.Add(10 * time.Hour); at.Before(noon.Add(19 * time.Hour)); at = at.Add(30 * time.Second) {
		if got := Reminders(r, []uptime.Incident{minor}, at); len(got) != 0 {
			t.Fatalf("at %s: %+v", at, got)
		}
	}
	for at := noon.Add(19 * time.Hour); at.Before(noon.Add(19*time.Hour + 50*time.Minute)); at = at.Add(30 * time.Second) {
		ids(seen, Reminders(r, []uptime.Incident{minor}, at))
	}
	if len(seen) != 1 {
		t.Errorf("%d reminders in the morning", len(seen))
	}
	if got := Reminders(r, []uptime.Incident{outage()}, noon.Add(12*time.Hour)); len(got) != 1 {
		t.Errorf("%d reminders of a grave one at night", len(got))
	}
}

// However irregularly time is told, each period has one reminder at most.
func TestRemindersNeverBurst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		every := time.Duration(rapid.IntRange(1, 120).Draw(t, "every")) * time.Minute
		r := rules(Channel{Name: "pager", Remind: every})
		seen, at := map[string]bool{}, noon
		for range 50 {
			at = at.Add(time.Duration(rapid.IntRange(0, 3600).Draw(t, "step")) * time.Second)
			before := len(seen)
			planned := Reminders(r, []uptime.Incident{outage()}, at)
			if ids(seen, planned); len(planned) > 1 || len(seen) > before+1 {
				t.Fatalf("%d at once", len(planned))
			}
		}
		if periods := int(at.Sub(noon) / every); len(seen) > periods {
			t.Fatalf("%d reminders in %d periods", len(seen), periods)
		}
	})
}

func TestOperatorsAreToldOnceOfAPromiseThatWasNotKept(t *testing.T) {
	r := rules(Channel{Name: "pager"})
	i := outage()
	i.Updates[0].NextBy = noon.Add(30 * time.Minute)
	for after, want := range map[time.Duration]int{0: 0, 30 * time.Minute: 0, 30*time.Minute + time.Second: 1, 10 * time.Hour: 1} {
		got := Overdue(r, []uptime.Incident{i, outage()}, noon.Add(after))
		if len(got) != want {
			t.Errorf("after %s: %+v", after, got)
			continue
		}
		for _, n := range got {
			if n.ID != "u1-overdue" || n.Reason != uptime.UpdateOverdue || n.Audience != nil || n.Content.Update.ID != "u1" || len(n.Channels) != 1 {
				t.Errorf("planned %+v", n)
			}
		}
	}
	kept := i
	kept.Updates = append(kept.Updates[:1:1], uptime.Update{ID: "u2", WrittenAt: noon.Add(time.Minute)})
	over := i
	over.ResolvedAt = noon.Add(time.Minute)
	if got := Overdue(r, []uptime.Incident{kept, over}, noon.Add(time.Hour)); len(got) != 0 {
		t.Errorf("overdue, and kept: %+v", got)
	}
}
