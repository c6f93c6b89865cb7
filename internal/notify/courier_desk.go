package notify

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

const (
	// atDesk is how many deliveries a channel is given at a time: so many that a
	// storm is one message.
	atDesk = 5000
	// stormPause is how long a desk waits before it looks again while a window
	// holds back what comes: in a storm every change wakes it.
	stormPause = time.Second
)

// desk sends to one of the operators' channels, one message after another.
type desk struct {
	courier *Courier
	channel string
	bell    <-chan struct{}
	window  window
	dead    bool // it gave up a message since the channel last took one
}

func (d *desk) run(ctx, hard context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		if held := d.empty(ctx, hard); held {
			pause(ctx, stormPause)
		}
		var opens <-chan time.Time
		if wait := time.Until(d.window.end); wait > 0 {
			opens = time.After(wait)
		}
		select {
		case <-ctx.Done():
			return
		case <-d.bell:
		case <-opens:
		case <-tick.C:
		}
	}
}

// empty delivers until nothing is due, and tells whether the window held
// something back.
func (d *desk) empty(ctx, hard context.Context) (held bool) {
	for ctx.Err() == nil {
		deliveries := d.courier.claim(ctx, uptime.Claim{
			Lane: uptime.LaneOperators, Kind: uptime.ToChannel, Channel: d.channel, Limit: atDesk,
		})
		if len(deliveries) == 0 {
			return held
		}
		if d.serve(ctx, hard, deliveries) {
			held = true
		}
	}
	return held
}

// serve sends what was claimed, and tells whether the window held something
// back.
func (d *desk) serve(ctx, hard context.Context, deliveries []uptime.Delivery) (held bool) {
	begun := time.Now()
	setup, configured := d.courier.setup.Load().channels[d.channel]
	if !configured {
		d.courier.write(ctx, hold(deliveries, uptime.HeldChannelIsGone))
		return false
	}
	settle := func(settlements []uptime.Settlement) bool {
		written := d.courier.write(ctx, settlements)
		d.complain(deliveries, settlements)
		return written
	}
	fit, settled := d.courier.fit(deliveries)
	messages, later, open := d.window.sort(fit, setup.Group, begun)
	// What goes back is written first: of what is claimed and not settled nobody
	// could tell, after a crash, that it was not sent.
	if !settle(append(settled, giveBack(later, begun, open)...)) {
		return false
	}
	d.courier.travel(ctx, hard, trip{
		messages: messages, until: begun.Add(d.courier.timing.begin), settle: settle,
		sent: func(m notice.Message) {
			d.dead = false
			d.window.sent(m, setup.Group, time.Now())
		},
	})
	return len(later) > 0
}

// complain tells once that the channel gave up a message.
func (d *desk) complain(deliveries []uptime.Delivery, settlements []uptime.Settlement) {
	for _, s := range settlements {
		if d.dead || s.State != uptime.DeliveryDead && s.State != uptime.DeliveryBounced {
			continue
		}
		i := slices.IndexFunc(deliveries, func(d uptime.Delivery) bool { return d.ID == s.Delivery })
		if i < 0 || deliveries[i].Notice.Reason == uptime.ChannelDead {
			continue
		}
		d.dead = true
		if d.courier.onDead != nil {
			dead := deliveries[i]
			dead.State, dead.Error, dead.Settled = s.State, s.Error, s.At
			d.courier.onDead(dead)
		}
	}
}

// window bounds how often a channel is sent something: once its messages are
// about more than one incident, one in so much time. What is about the incident
// that it told last goes at once.
type window struct {
	last uptime.IncidentID // empty: none, or several
	end  time.Time
}

// sort makes messages of what may go now, and tells what goes later, and when.
func (w *window) sort(deliveries []uptime.Delivery, group time.Duration, now time.Time) (messages []notice.Message, later []uptime.Delivery, open time.Time) {
	if group <= 0 {
		return notice.Fold(deliveries), nil, now
	}
	open = now.Add(group)
	last, folding := uptime.IncidentID(""), notice.Gather
	if now.Before(w.end) {
		open, last, folding = w.end, w.last, notice.Fold
		deliveries, later = split(deliveries, w.last)
	}
	opened := now.Before(w.end)
	for _, m := range folding(deliveries) {
		switch only, several := topic(m); {
		case only == "" && !several, opened && !several && only == last:
			messages = append(messages, m)
		case !opened:
			opened, last = true, only
			messages = append(messages, m)
		default: // a second message, as after a crash
			later = append(later, m.Deliveries...)
		}
	}
	return messages, later, open
}

// split parts what is about the incident, or about none, from the rest.
func split(deliveries []uptime.Delivery, last uptime.IncidentID) (now, later []uptime.Delivery) {
	for _, d := range deliveries {
		if d.Notice.Incident == "" || d.Notice.Incident == last {
			now = append(now, d)
		} else {
			later = append(later, d)
		}
	}
	return now, later
}

// sent is told of each message that the channel took.
func (w *window) sent(m notice.Message, group time.Duration, now time.Time) {
	if only, several := topic(m); several || only != "" && only != w.last {
		w.last, w.end = only, now.Add(group)
	}
}

// topic is the one incident that the message is about; empty where there is
// none, or several.
func topic(m notice.Message) (only uptime.IncidentID, several bool) {
	for _, n := range m.Notices {
		switch {
		case n.Incident == "" || n.Incident == only:
		case only != "":
			return "", true
		default:
			only = n.Incident
		}
	}
	return only, false
}

// sweep holds what waits for channels that are no longer configured, and were
// not when the process started either: others have their desk.
func (c *Courier) sweep(ctx context.Context, bell <-chan struct{}) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		for ctx.Err() == nil && c.holdGone(ctx) {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-bell:
		case <-tick.C:
		}
	}
}

// holdGone tells whether there may be more.
func (c *Courier) holdGone(ctx context.Context) (more bool) {
	names := slices.Sorted(maps.Keys(c.setup.Load().channels))
	deliveries := c.claim(ctx, uptime.Claim{Lane: uptime.LaneOperators, Kind: uptime.ToChannel, Except: names, Limit: 500})
	if len(deliveries) == 0 {
		return false
	}
	var gone, back []uptime.Delivery
	for _, d := range deliveries {
		if _, configured := c.setup.Load().channels[d.Recipient.ID]; configured { // since a moment ago
			back = append(back, d)
		} else {
			gone = append(gone, d)
		}
	}
	now := time.Now()
	return c.write(ctx, append(hold(gone, uptime.HeldChannelIsGone), giveBack(back, now, now)...)) && len(gone) > 0
}
