//go:build slow

package app

import (
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/subscribers"
	"github.com/upheld/upheld/internal/uptime"
)

// crowd is how many subscribers BenchmarkFiftyThousandSubscribers tells.
const crowd = 50_000

// operatorEvery is how often operators are alerted meanwhile, of something else.
const operatorEvery = 500 * time.Millisecond

// BenchmarkFiftyThousandSubscribers tells how long an incident takes to be owed
// to a crowd, and to be told to all of it by mail, and how long operators wait
// for alerts meanwhile. Everything, the mail server as well, is in one process.
func BenchmarkFiftyThousandSubscribers(b *testing.B) {
	hall, channel := openHall(b), openHooks(b)
	u := begin(b, fmt.Sprintf(`
mail: {server: "%[1]s", tls: none, from: "Example Status <status@example.org>"}
egress: {allow: [127.0.0.0/8]}
channels: [{name: On call, type: webhook, url: "%[2]s", group: 0s}]
components:
  - {name: API, importance: critical, monitors: [{type: tcp, address: "%[1]s"}]}
  - {name: Other, importance: critical, monitors: [{type: tcp, address: "%[1]s"}]}
`, hall.address, channel.URL))
	by := uptime.Actor{Kind: "command", Role: uptime.Admin}
	file := strings.Builder{}
	file.WriteString("email,components\n")
	for n := range crowd {
		fmt.Fprintf(&file, "reader%d@example.net,api\n", n)
	}
	report, err := u.subscribers.Import(b.Context(), by, strings.NewReader(file.String()), subscribers.Import{Consent: "a benchmark"})
	if err != nil || report.Added != crowd {
		b.Fatal(report, err)
	}
	var owed, accepted, waits []time.Duration
	for b.Loop() {
		c := campaign{u: u, by: by, hall: hall, channel: channel, number: len(owed)}
		o, a, w := c.run(b)
		owed, accepted, waits = append(owed, o), append(accepted, a), append(waits, w...)
	}
	slices.Sort(waits)
	b.ReportMetric(slices.Max(owed).Seconds(), "s-owed")
	b.ReportMetric(slices.Max(accepted).Seconds(), "s-accepted")
	b.ReportMetric(waits[len(waits)/2].Seconds(), "s-alert-p50")
	b.ReportMetric(waits[len(waits)-1].Seconds(), "s-alert-max")
	b.ReportMetric(float64(len(waits)), "alerts")
}

// campaign is one incident, from its publication until everybody was told.
type campaign struct {
	u       *upheld
	by      uptime.Actor
	hall    *hall
	channel *hooks
	number  int
}

func (c campaign) run(b *testing.B) (owed, accepted time.Duration, waits []time.Duration) {
	before := c.hall.letters()
	began := time.Now()
	var published sync.WaitGroup
	published.Go(func() {
		c.open(b, fmt.Sprintf("Trouble %d", c.number), "api")
		owed = time.Since(began)
	})
	defer published.Wait()
	alerts := map[string]time.Time{}
	for n := 0; ; n++ {
		time.Sleep(operatorEvery / 5) // the first while the crowd's rows are being written
		title := fmt.Sprintf("Alert %d of trouble %d.", n, c.number)
		alerts[title] = time.Now()
		c.open(b, title, "other")
		time.Sleep(operatorEvery - operatorEvery/5)
		if c.hall.letters() >= before+crowd {
			break
		}
		if time.Since(began) > 20*time.Minute {
			b.Fatalf("%d of %d letters came", c.hall.letters()-before, crowd)
		}
	}
	accepted = c.hall.last().Sub(began)
	c.u.within(10*time.Second, "every alert comes", func() bool { waits = c.waits(alerts); return len(waits) == len(alerts) })
	if twice := c.hall.twice(c.number + 1); twice > 0 {
		b.Errorf("%d had another number of letters than they should", twice)
	}
	return owed, accepted, waits
}

func (c campaign) open(b *testing.B, title, component string) {
	_, err := c.u.App.incidents.Open(b.Context(), c.by, incidents.Opening{
		Title: title, Tier: 1, Phase: uptime.Investigating, Body: "We are looking into it.",
		Components: []uptime.ComponentID{uptime.ComponentID(component)}, Publish: true,
	}, nil)
	if err != nil {
		b.Error(err)
	}
}

// waits are from the beginning of each alert's incident until the channel had it.
func (c campaign) waits(alerts map[string]time.Time) (waits []time.Duration) {
	for _, got := range c.channel.all() {
		for title, began := range alerts {
			if strings.Contains(string(got.body), title) {
				waits = append(waits, got.at.Sub(began))
			}
		}
	}
	return waits
}

// hall is a mail server that counts.
type hall struct {
	address string
	count   atomic.Int64
	newest  atomic.Int64 // ns since 1970
	mu      sync.Mutex
	had     map[string]int
}

func openHall(b testing.TB) *hall {
	h := &hall{had: map[string]int{}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	h.address = listener.Addr().String()
	server := smtp.NewServer(h)
	server.Domain = "mail.example.org"
	done := make(chan struct{})
	go func() { _ = server.Serve(listener); close(done) }()
	b.Cleanup(func() { _ = server.Close(); <-done })
	return h
}

// NewSession begins one.
func (h *hall) NewSession(*smtp.Conn) (smtp.Session, error) { return &usher{hall: h}, nil }

func (h *hall) letters() int    { return int(h.count.Load()) }
func (h *hall) last() time.Time { return time.Unix(0, h.newest.Load()) }

// twice counts those who had another number of letters than so many.
func (h *hall) twice(want int) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, times := range h.had {
		if times != want {
			n++
		}
	}
	return n + crowd - len(h.had)
}

type usher struct {
	hall *hall
	to   string
}

func (u *usher) Mail(string, *smtp.MailOptions) error      { return nil }
func (u *usher) Rcpt(to string, _ *smtp.RcptOptions) error { u.to = to; return nil }
func (u *usher) Reset()                                    {}
func (u *usher) Logout() error                             { return nil }
func (u *usher) Data(r io.Reader) error {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return err
	}
	u.hall.mu.Lock()
	u.hall.had[u.to]++
	u.hall.mu.Unlock()
	u.hall.newest.Store(time.Now().UnixNano())
	u.hall.count.Add(1)
	return nil
}
