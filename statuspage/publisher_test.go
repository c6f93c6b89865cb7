package statuspage

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/upheld/upheld/internal/uptime"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a source and what is believed, both under the test's control.
type world struct {
	mu    sync.Mutex
	in    Inputs
	shift time.Duration // from sampleNow to the clock of the test
	fault error
	hang  chan struct{} // while open, the source does not answer
	reads int
}

func (w *world) Healths() []uptime.Health {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]uptime.Health, len(w.in.Healths))
	copy(out, w.in.Healths)
	return out
}

func (w *world) answer() error {
	w.mu.Lock()
	w.reads++
	hang, fault := w.hang, w.fault
	w.mu.Unlock()
	if hang != nil {
		<-hang
	}
	return fault
}

func (w *world) SegmentsBetween(_ context.Context, from, to time.Time) ([]uptime.Segment, error) {
	if err := w.answer(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []uptime.Segment
	for _, s := range w.in.Segments {
		if s.From.Before(to) && (s.To.IsZero() || s.To.After(from)) {
			out = append(out, s)
		}
	}
	return out, nil
}

func (w *world) PublishedIncidents(_ context.Context, from, to time.Time, _ int) ([]uptime.Incident, error) {
	if err := w.answer(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []uptime.Incident
	for _, inc := range w.in.Incidents {
		if inc.StartedAt.Before(to) && (inc.Open() || inc.ResolvedAt.After(from)) {
			out = append(out, inc)
		}
	}
	return out, nil
}

func (w *world) PublishedIncident(_ context.Context, id uptime.IncidentID) (uptime.Incident, error) {
	if err := w.answer(); err != nil {
		return uptime.Incident{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, inc := range w.in.Incidents {
		if inc.ID == id {
			return inc, nil
		}
	}
	return uptime.Incident{}, fmt.Errorf("incident %q: %w", id, uptime.ErrNotFound)
}

// DailyRollups tells of one day: 2,877 looks that passed, 2 slow, 1 failed.
func (w *world) DailyRollups(_ context.Context, monitor uptime.MonitorID, from, _ time.Time) ([]uptime.Rollup, error) {
	if err := w.answer(); err != nil {
		return nil, err
	}
	return []uptime.Rollup{{
		Monitor: monitor, From: from, Passed: 2877, Slow: 2, Failed: 1, Unseen: 3,
		TookSum: 2879 * 20 * time.Millisecond, TookMax: 900 * time.Millisecond,
	}}, nil
}

// set changes the world.
func (w *world) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

// publisher stands in the world at the sample's time: the clock of a synctest
// bubble begins in the year 2000, the sample's in 2026.
func (w *world) publisher(now func() time.Time) *Publisher {
	return NewPublisher(w.in.Catalogue, Options{
		Live: w, Source: w, Version: "1.0.0", Log: slog.New(slog.DiscardHandler), Now: now,
	})
}

func bubbleClock() func() time.Time {
	start := time.Now()
	return func() time.Time { return sampleNow.Add(time.Since(start)) }
}

func atSample() time.Time { return sampleNow }

func body(t *testing.T, p *Publisher, path string) string {
	t.Helper()
	doc, err := p.Document(t.Context(), path)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return string(doc.Body)
}

func TestPublisherAnswersEveryAddress(t *testing.T) {
	w := &world{in: sampleBad()}
	p := w.publisher(atSample)
	for _, path := range []string{
		"/", "/history", "/history/2026-11", "/days/2026-11-21", "/days/2026-11-18", "/incidents/k3v9x2m7q1ab", "/components/part-1",
		"/components/part-1.json", "/services/platform", "/services/platform.json", "/method", "/favicon.svg", "/robots.txt",
		"/api/v2/summary.json", "/api/v2/scheduled-maintenances/active.json",
	} {
		doc, err := p.Document(t.Context(), path)
		if err != nil || doc.Status != 200 || len(doc.Body) == 0 || doc.ETag == "" || doc.ContentType == "" || doc.CSP == "" || doc.CacheControl == "" {
			t.Errorf("%s: %v, %+v", path, err, doc)
			continue
		}
		again, err := p.Document(t.Context(), path)
		if err != nil || again != doc {
			t.Errorf("%s is made twice for one edition (%v)", path, err)
		}
		if doc.Gzip != nil {
			reader, err := gzip.NewReader(bytes.NewReader(doc.Gzip))
			if err != nil {
				t.Fatal(err)
			}
			if plain, err := io.ReadAll(reader); err != nil || !bytes.Equal(plain, doc.Body) {
				t.Errorf("%s: the compressed form is another document (%v)", path, err)
			}
		}
	}
}

func TestPublisherKnowsWhatIsNotThere(t *testing.T) {
	w := &world{in: sampleBad()}
	p := w.publisher(atSample)
	for _, path := range []string{
		"/nothing", "/history/2026-12", "/history/2020-01", "/history/2026-13", "/history/now", "/history/", "/days/2026-11-22",
		"/days/2020-01-01", "/days/2026-02-30", "/days/", "/incidents/none", "/incidents/", "/components/none", "/components/none.json",
		"/services/none", "/services/", "/method/x", "/api/v2/none.json", "/api/v2", "/static/none.css", "//", "404", "",
	} {
		if doc, err := p.Document(t.Context(), path); !errors.Is(err, uptime.ErrNotFound) {
			t.Errorf("%q: %v, %v", path, err, doc != nil)
		}
	}
	if doc := p.NotFound(); doc.Status != 404 || !strings.Contains(string(doc.Body), "nothing at this address") {
		t.Errorf("%+v", doc)
	}
}

func TestPublisherShowsAChangeSoonAndABurstOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{in: sampleGood()}
		p := w.publisher(bubbleClock())
		ctx, cancel := context.WithCancel(t.Context())
		var editions atomic.Int64
		done := make(chan error, 1)
		go func() { done <- p.Run(ctx, func() { editions.Add(1) }) }()
		synctest.Wait()
		if editions.Load() != 1 || !strings.Contains(body(t, p, "/"), "Everything works.") {
			t.Fatalf("%d editions at the start", editions.Load())
		}
		w.set(func() {
			s := sample{w.in}
			s.was("part-1", uptime.Down, sampleNow, 0, uptime.TimedOut)
			w.in = s.in
		})
		for range 1000 {
			p.Changed()
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if !strings.Contains(body(t, p, "/"), "Payroll is down.") {
			t.Error("a change is not shown within a second")
		}
		if n := editions.Load(); n > 3 {
			t.Errorf("a burst of changes made %d editions", n-1)
		}
		before := editions.Load()
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if got := editions.Load() - before; got != 2 {
			t.Errorf("%d editions in 30 quiet seconds, want 2", got)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// The database is gone: the page goes on, says so, and turns unknown when the
// last look no longer vouches.
func TestPublisherOutlivesTheDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{in: sampleGood()}
		p := w.publisher(bubbleClock())
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() { _ = p.Run(ctx, nil) }()
		synctest.Wait()
		w.set(func() { w.fault = errors.New("disk full") })

		time.Sleep(35 * time.Second)
		synctest.Wait()
		if page := body(t, p, "/"); !strings.Contains(page, "Everything works.") || strings.Contains(page, "cannot be read") {
			t.Error("half a minute without the database is already told")
		}
		time.Sleep(60 * time.Second)
		synctest.Wait()
		page := body(t, p, "/")
		if !strings.Contains(page, "cannot be read at the moment") || !strings.Contains(page, "the history is as of 21 Nov 2026, 14:14:16 AEST") {
			t.Error("the page does not say that its history is old")
		}
		if !strings.Contains(page, "We cannot see any component at the moment.") || strings.Contains(page, "Operational") {
			t.Error("an expired belief is still told as up")
		}
		w.set(func() {
			w.fault = nil
			for i := range w.in.Healths {
				w.in.Healths[i].Checked = sampleNow.Add(95 * time.Second)
				w.in.Healths[i].Expires = sampleNow.Add(time.Hour)
			}
		})
		time.Sleep(16 * time.Second)
		synctest.Wait()
		if page := body(t, p, "/"); !strings.Contains(page, "Everything works.") || strings.Contains(page, "cannot be read") {
			t.Error("the page does not come back with the database")
		}
	})
}

// A database that does not even fail must not keep an old green light burning.
func TestPublisherDoesNotWaitForADatabaseThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{in: sampleGood()}
		p := w.publisher(bubbleClock())
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() { _ = p.Run(ctx, nil) }()
		synctest.Wait()
		hang := make(chan struct{})
		w.set(func() { w.hang = hang })
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if page := body(t, p, "/"); strings.Contains(page, "Operational") || !strings.Contains(page, "cannot be read") {
			t.Error("the page stands still")
		}
		w.set(func() { w.hang = nil })
		close(hang)
	})
}

// Nobody runs the loop: whoever asks for a page that is too old gets a new one.
func TestPublisherRenewsAnOldPageOnDemand(t *testing.T) {
	w := &world{in: sampleGood()}
	var shift time.Duration
	p := w.publisher(func() time.Time { return sampleNow.Add(shift) })
	if !strings.Contains(body(t, p, "/"), "Everything works.") {
		t.Fatal("not up")
	}
	shift = time.Hour
	w.set(func() { w.fault = errors.New("gone") })
	if page := body(t, p, "/"); strings.Contains(page, "Operational") {
		t.Error("an hour later the old page is told")
	}
}

func TestPublisherWithoutADatabaseFromTheStart(t *testing.T) {
	w := &world{in: sampleGood(), fault: errors.New("no such host")}
	p := w.publisher(atSample)
	page := body(t, p, "/")
	if !strings.Contains(page, "Everything works.") || !strings.Contains(page, "Only the present state is known") {
		t.Error("the present state is not told from memory")
	}
}

func TestPublisherFollowsAReload(t *testing.T) {
	w := &world{in: sampleGood()}
	p := w.publisher(atSample)
	p.Refresh(t.Context())
	renamed := w.in.Catalogue
	renamed.Components = append([]uptime.Component{}, renamed.Components...)
	renamed.Components[1].Name = "Pay"
	w.set(func() { w.fault = errors.New("gone") })
	p.SetCatalogue(renamed)
	p.Refresh(t.Context())
	page := body(t, p, "/")
	if !strings.Contains(page, ">Pay<") || strings.Contains(page, ">Payroll<") || !strings.Contains(page, "99.9") {
		t.Error("the page does not follow the configuration")
	}
}

// What lies before the year at hand is read when somebody asks.
func TestPublisherReadsLongAgo(t *testing.T) {
	s := newSample()
	id := s.add("Payroll", "", uptime.Critical, sampleNow.AddDate(-3, 0, 0))
	at := sampleNow.AddDate(-2, -6, 0)
	s.was(id, uptime.Down, at, 42*time.Minute, uptime.TimedOut)
	s.in.Incidents = []uptime.Incident{{
		ID: "oldoldoldold", Title: "Payroll was down", Tier: 1, Impact: uptime.ImpactCritical, Phase: uptime.Resolved,
		Components: []uptime.ComponentID{id}, StartedAt: at, DetectedAt: at, PublishedAt: at, ResolvedAt: at.Add(42 * time.Minute),
	}}
	w := &world{in: s.in}
	p := w.publisher(atSample)
	if page := body(t, p, "/days/2024-05-21"); !strings.Contains(page, "42 m") || !strings.Contains(page, "Payroll was down") {
		t.Error("the day long ago does not tell its outage")
	}
	if page := body(t, p, "/history/2024-05"); !strings.Contains(page, "Payroll was down") || !strings.Contains(page, "No incidents.") {
		t.Error("the month long ago does not tell its incident")
	}
	if page := body(t, p, "/incidents/oldoldoldold"); !strings.Contains(page, "Payroll was down") {
		t.Error("the incident long ago is gone")
	}
	if _, err := p.Document(t.Context(), "/history/2023-10"); !errors.Is(err, uptime.ErrNotFound) {
		t.Errorf("a month before the first record: %v", err)
	}
	if !strings.Contains(body(t, p, "/history"), "/history/2023-11") {
		t.Error("the first month is not listed")
	}
	w.set(func() { w.fault = errors.New("gone") })
	if _, err := p.Document(t.Context(), "/days/2024-05-20"); err == nil || errors.Is(err, uptime.ErrNotFound) {
		t.Errorf("a day that cannot be read: %v", err)
	}
}

func TestPublisherIsSafeForManyReaders(t *testing.T) {
	w := &world{in: sampleBad()}
	p := w.publisher(atSample)
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() { _ = p.Run(ctx, nil) })
	for reader := range 8 {
		all.Go(func() {
			for i := range 50 {
				paths := []string{"/", "/days/2026-11-18", "/services/platform.json", fmt.Sprintf("/days/2026-10-%02d", i%31+1), "/incidents/k3v9x2m7q1ab"}
				if _, err := p.Document(ctx, paths[(i+reader)%len(paths)]); err != nil {
					t.Error(err)
				}
				_ = p.NotFound()
				p.Changed()
				if i%20 == 0 {
					p.Refresh(ctx)
					p.SetCatalogue(w.in.Catalogue)
				}
			}
		})
	}
	time.AfterFunc(time.Second, cancel)
	all.Wait()
}

// BenchmarkHome makes the home page of so many components, ninety days each,
// with the past settled as the publisher has it.
func BenchmarkHome(b *testing.B) {
	for _, n := range []int{20, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			in := sampleMany(n)
			until := sampleNow.Add(-unsettled)
			in.Settled = Settle(in.Catalogue, in.Segments, sampleNow.AddDate(0, 0, -HistoryDays-1), until)
			in.Began = sampleNow.AddDate(0, 0, -200)
			all := in.Segments
			in.Segments = nil
			for _, s := range all {
				if s.To.IsZero() || s.To.After(until) {
					in.Segments = append(in.Segments, s)
				}
			}
			for b.Loop() {
				Render(Build(in, sampleNow))
			}
		})
	}
}

// Whoever guesses addresses asks the record once for each, and many who ask for
// one page have it made once.
func TestWhatIsNotThereIsAskedForOnce(t *testing.T) {
	w, now := standingWorld(99_900_000)
	p := w.publisher(now)
	body(t, p, "/")
	before := w.readCount()
	for range 50 {
		if _, err := p.Document(t.Context(), "/incidents/none"); !errors.Is(err, uptime.ErrNotFound) {
			t.Fatalf("an incident that is not there: %v", err)
		}
	}
	if reads := w.readCount() - before; reads != 1 {
		t.Errorf("the record was asked %d times", reads)
	}
	w.set(func() { w.hang = make(chan struct{}) })
	before = w.readCount()
	var readers sync.WaitGroup
	for range 50 {
		readers.Go(func() {
			if _, err := p.Document(t.Context(), "/components/c"); err != nil {
				t.Error(err)
			}
		})
	}
	for w.readCount() == before {
		time.Sleep(time.Millisecond)
	}
	close(w.hang)
	readers.Wait()
	if reads := w.readCount() - before; reads != 1 {
		t.Errorf("one page was made from %d readings", reads)
	}
}

func (w *world) readCount() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.reads
}

func (w *world) Statements(_ context.Context, from, to time.Time) ([]uptime.Statement, error) {
	if err := w.answer(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []uptime.Statement
	for _, s := range w.in.Statements {
		if s.From.Before(to) && (s.To.IsZero() || s.To.After(from)) {
			out = append(out, s)
		}
	}
	return out, nil
}
