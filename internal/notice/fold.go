package notice

import (
	"cmp"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// mostAtOnce is about how many incidents messages are sent one by one.
const mostAtOnce = 3

// Fold makes messages of what is due for one recipient, in the order in which
// they are to be sent. Nothing is lost, and of one incident or plan nothing comes
// before what was owed earlier.
//
//  1. An outage that was over before it was told is one WasDown, with all that
//     happened between.
//  2. What is about more than three incidents at once is one Digest.
//  3. Everything else is one message a notice.
//
// A delivery that may have been sent (Unsure) is folded with those of the same
// lost lease alone. They were claimed together, so they come again as the same
// messages under the same ids, whatever has become due since.
func Fold(deliveries []uptime.Delivery) []Message { return fold(deliveries, mostAtOnce) }

// Gather is Fold for what has waited for the end of a window: more than one
// incident is a Digest.
func Gather(deliveries []uptime.Delivery) []Message { return fold(deliveries, 1) }

func fold(deliveries []uptime.Delivery, most int) []Message {
	sorted := slices.Clone(deliveries)
	slices.SortStableFunc(sorted, func(a, b uptime.Delivery) int { return cmp.Compare(a.Seq, b.Seq) })
	var out []Message
	for _, class := range classes(sorted) {
		out = append(out, foldClass(class, most)...)
	}
	return out
}

// classes part deliveries by the lease that was lost first, the oldest lease
// first and what is sure last. Of one incident, or plan, no delivery is in an
// earlier class than one that was owed before it.
func classes(sorted []uptime.Delivery) [][]uptime.Delivery {
	byLease := map[time.Time][]uptime.Delivery{}
	type subject struct {
		incident uptime.IncidentID
		plan     uptime.PlanID
	}
	newest := map[subject]time.Time{}
	for _, d := range sorted {
		lease, about := d.Unsure.UTC().Round(0), subject{d.Notice.Incident, d.Notice.Plan}
		if before, known := newest[about]; about != (subject{}) && known && earlier(lease, before) {
			lease = before
		}
		newest[about] = lease
		byLease[lease] = append(byLease[lease], d)
	}
	var leases []time.Time
	for lease := range byLease {
		leases = append(leases, lease)
	}
	slices.SortFunc(leases, func(a, b time.Time) int {
		switch {
		case earlier(a, b):
			return -1
		case earlier(b, a):
			return 1
		}
		return 0
	})
	var out [][]uptime.Delivery
	for _, lease := range leases {
		out = append(out, byLease[lease])
	}
	return out
}

// earlier orders lost leases; the zero time, which is none, comes last.
func earlier(a, b time.Time) bool { return !a.IsZero() && (b.IsZero() || a.Before(b)) }

// foldClass folds deliveries that go together.
func foldClass(class []uptime.Delivery, most int) []Message {
	incidents := map[uptime.IncidentID][]int{} // places in class
	for i, d := range class {
		if d.Notice.Incident != "" {
			incidents[d.Notice.Incident] = append(incidents[d.Notice.Incident], i)
		}
	}
	// groups are the places of what goes in one piece, by the place of its first.
	groups := make([][]int, len(class))
	reasons := make([]uptime.NoticeReason, len(class))
	for i, d := range class {
		groups[i], reasons[i] = []int{i}, d.Notice.Reason
	}
	join := func(places []int, reason uptime.NoticeReason) {
		for _, i := range places {
			groups[i] = nil
		}
		groups[places[0]], reasons[places[0]] = places, reason
	}
	if len(incidents) > most {
		var all []int
		for _, places := range incidents {
			all = append(all, places...)
		}
		slices.Sort(all)
		join(all, uptime.Digest)
	} else {
		for _, places := range incidents {
			for _, outage := range overBeforeTold(class, places) {
				join(outage, uptime.WasDown)
			}
		}
	}
	var out []Message
	for i, places := range groups {
		if len(places) > 0 {
			out = append(out, message(class, places, reasons[i]))
		}
	}
	return out
}

// overBeforeTold finds, among the deliveries about one incident, the runs from a
// WentDown to the next Recovered.
func overBeforeTold(class []uptime.Delivery, places []int) [][]int {
	var runs [][]int
	begin := -1
	for n, i := range places {
		switch class[i].Notice.Reason {
		case uptime.WentDown:
			if begin < 0 {
				begin = n
			}
		case uptime.Recovered:
			if begin >= 0 {
				runs = append(runs, places[begin:n+1:n+1])
				begin = -1
			}
		default: // told with the rest, or alone
		}
	}
	return runs
}

// message is what goes in one piece. The newest delivery carries it.
func message(class []uptime.Delivery, places []int, reason uptime.NoticeReason) Message {
	m := Message{Reason: reason}
	for _, i := range places {
		m.Notices = append(m.Notices, class[i].Notice)
		m.Deliveries = append(m.Deliveries, class[i])
	}
	carrier := class[places[len(places)-1]]
	m.ID, m.To = carrier.ID, carrier.Recipient
	return m
}
