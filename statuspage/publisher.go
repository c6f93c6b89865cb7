package statuspage

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// Live is what is believed now. It answers from memory.
type Live interface {
	// Healths are those of every monitor of the catalogue, also those that were
	// last looked at before a restart: a monitor without one vouches for
	// nothing.
	Healths() []uptime.Health
}

// Source is the record. Its errors leave the page as it was.
type Source interface {
	// SegmentsBetween lists the segments that overlap [from, to), whole.
	SegmentsBetween(ctx context.Context, from, to time.Time) ([]uptime.Segment, error)
	// PublishedIncidents lists the incidents that overlap [from, to), with their
	// updates and without drafts; at most limit of them, or all when it is 0.
	PublishedIncidents(ctx context.Context, from, to time.Time, limit int) ([]uptime.Incident, error)
	// PublishedIncident is one incident, or uptime.ErrNotFound, for a draft too.
	PublishedIncident(ctx context.Context, id uptime.IncidentID) (uptime.Incident, error)
	// Statements lists the statements of published incidents that overlap
	// [from, to), whole.
	Statements(ctx context.Context, from, to time.Time) ([]uptime.Statement, error)
	// DailyRollups count the looks of a monitor by the days of UTC that begin in
	// [from, to).
	DailyRollups(ctx context.Context, monitor uptime.MonitorID, from, to time.Time) ([]uptime.Rollup, error)
	// PublishedPlans lists the plans that were announced and of which something
	// lies in [from, to), with their revisions and updates and without drafts.
	PublishedPlans(ctx context.Context, from, to time.Time) ([]uptime.Plan, error)
	// PublishedPlan is one plan, or uptime.ErrNotFound, for a draft too.
	PublishedPlan(ctx context.Context, id uptime.PlanID) (uptime.Plan, error)
	// Proofs lists what is known of the notices about these plans, one a notice,
	// oldest first; what was accepted at or before a plan's cutoff is in time.
	Proofs(ctx context.Context, cutoffs map[uptime.PlanID]time.Time) ([]uptime.Proof, error)
}

// How often the page is made again. Ages and expiring beliefs move without
// anything having changed, so it is never older than idle while Run runs.
const (
	idle = 15 * time.Second
	// stale is the age from which on whoever asks makes the page again: the
	// loop that should have done it is stuck, or the machine slept.
	stale = time.Minute
	// pause bounds how often changes alone make the page again, and rest how
	// much of the time goes into that: one part of so many.
	pause = 200 * time.Millisecond
	rest  = 5
	// patience is how long the record may take to answer.
	patience = 10 * time.Second
)

// Options are what a Publisher is made of.
type Options struct {
	Live   Live
	Source Source
	// Promises is what is kept of promises; nil: nothing is.
	Promises PromiseSource
	Version  string
	// Subscribing: people can subscribe, see SetSubscribing.
	Subscribing bool
	Log         *slog.Logger     // nil: slog.Default
	Now         func() time.Time // nil: time.Now
}

// Publisher keeps the documents of the public page. It makes them once for all
// readers, when something has changed or time has passed. While the record
// cannot be read it goes on from memory and says so. It is safe for concurrent
// use.
type Publisher struct {
	live     Live
	source   Source
	promised PromiseSource
	version  string
	log      *slog.Logger
	now      func() time.Time

	subscribing atomic.Bool
	catalogue   atomic.Pointer[uptime.Catalogue]
	edition     atomic.Pointer[edition]
	memo        *memo
	figures     figuresMemo
	changed     chan struct{} // holds one word at most, so that many changes make one

	reading sync.Mutex   // guards pending, and lets the record be read once at a time
	pending chan reading // a reading that has not ended yet; nil: none

	making sync.Mutex // guards record, and lets one edition be made at a time
	record record
}

// reading is what one attempt to read the record came to.
type reading struct {
	record record
	err    error
}

// NewPublisher makes a publisher of the catalogue's page. Nothing is read yet.
func NewPublisher(catalogue uptime.Catalogue, o Options) *Publisher {
	p := &Publisher{
		live: o.Live, source: o.Source, promised: o.Promises, version: o.Version, log: o.Log, now: o.Now,
		changed: make(chan struct{}, 1), memo: newMemo(), figures: newFiguresMemo(),
	}
	if p.log == nil {
		p.log = slog.Default()
	}
	if p.now == nil {
		p.now = time.Now
	}
	p.subscribing.Store(o.Subscribing)
	p.catalogue.Store(&catalogue)
	return p
}

// SetCatalogue puts another catalogue in force, as after a reload.
func (p *Publisher) SetCatalogue(catalogue uptime.Catalogue) {
	p.catalogue.Store(&catalogue)
	p.Changed()
}

// Changed tells that something has changed. It returns at once; many changes
// in a short time make one edition.
func (p *Publisher) Changed() {
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// Run makes editions until the context ends. beat, where there is one, is
// called after each.
func (p *Publisher) Run(ctx context.Context, beat func()) error {
	timer := time.NewTimer(idle)
	defer timer.Stop()
	for {
		began := time.Now() // for how long it takes alone
		p.Refresh(ctx)
		took := time.Since(began)
		if beat != nil {
			beat()
		}
		timer.Reset(p.rests())
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
			continue
		case <-p.changed:
		}
		// A change is shown soon; a burst of them once.
		timer.Reset(max(pause, (rest-1)*took))
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
	}
}

// rests is how long the newest edition is good for if nothing changes.
func (p *Publisher) rests() time.Duration {
	e := p.edition.Load()
	if e == nil || e.turns.IsZero() {
		return idle
	}
	return min(idle, max(pause, e.turns.Sub(p.now())))
}

// Refresh makes an edition now. It never fails: what cannot be read is told on
// the page.
func (p *Publisher) Refresh(ctx context.Context) {
	p.read(ctx)
	p.making.Lock()
	defer p.making.Unlock()
	p.make()
}

// read brings the record up to date. It comes back in time whatever the source
// does: a disk that hangs must not keep an old green light on the page.
func (p *Publisher) read(ctx context.Context) {
	p.reading.Lock()
	defer p.reading.Unlock()
	if p.pending == nil {
		p.pending = make(chan reading, 1)
		go p.attempt(ctx, p.pending)
	}
	late := time.NewTimer(patience + time.Second)
	defer late.Stop()
	select {
	case got := <-p.pending:
		p.pending = nil
		p.making.Lock()
		p.record = got.record
		p.making.Unlock()
		if got.err != nil && ctx.Err() == nil {
			p.log.Warn("the public page goes on without the record", "error", got.err)
		}
	case <-late.C:
		p.log.Warn("the public page goes on without the record", "error", "it does not answer")
	}
}

// attempt reads the record once and hands over what came of it.
func (p *Publisher) attempt(ctx context.Context, done chan<- reading) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	p.making.Lock()
	known := p.record
	p.making.Unlock()
	next, err := known.read(ctx, p.source, p.promised, p.catalogue.Load(), p.now())
	done <- reading{next, err}
}

// make makes an edition of what was read and of what is believed now. The
// caller holds making.
func (p *Publisher) make() *edition {
	catalogue, began := p.catalogue.Load(), time.Now() // for how long it takes alone
	in := p.record.inputs(catalogue, p.live.Healths(), p.version)
	in.Subscribing, in.memo, in.figures = p.subscribing.Load(), p.memo, p.figures
	next := newEdition(in, p.now())
	next.took = time.Since(began)
	p.edition.Store(next)
	return next
}

// Made is when the newest edition was made, and how long that took; zero when
// there is none yet.
func (p *Publisher) Made() (at time.Time, took time.Duration) {
	if e := p.edition.Load(); e != nil {
		return e.book.now, e.took
	}
	return time.Time{}, 0
}

// current is the newest edition. One that is too old to be told, or that tells of
// hours which have begun or ended since, is made again, from memory, by whoever
// asks.
func (p *Publisher) current(ctx context.Context) *edition {
	e := p.edition.Load()
	if e == nil {
		p.Refresh(context.WithoutCancel(ctx))
		return p.edition.Load()
	}
	if now := p.now(); now.Sub(e.book.now) < stale && (e.turns.IsZero() || now.Before(e.turns)) {
		return e
	}
	p.making.Lock()
	defer p.making.Unlock()
	if newer := p.edition.Load(); newer != e {
		return newer
	}
	return p.make()
}

// Document is the document at a path such as "/" or "/days/2026-11-21".
// uptime.ErrNotFound: there is none. Any other error is the record's.
func (p *Publisher) Document(ctx context.Context, path string) (*Document, error) {
	e := p.current(ctx)
	if doc := e.find(path); doc != nil {
		return doc, nil
	}
	if e.misses(path) {
		return nil, uptime.ErrNotFound
	}
	// Many who ask for one page wait for one making of it, which does not end
	// with the first of them.
	made, err, _ := e.making.Do(path, func() (any, error) {
		if doc := e.find(path); doc != nil {
			return doc, nil
		}
		making, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		doc, err := p.late(making, e, path)
		switch {
		case err == nil:
			e.keep(path, doc)
		case errors.Is(err, uptime.ErrNotFound):
			e.miss(path)
		}
		return doc, err
	})
	if err != nil {
		return nil, err
	}
	return made.(*Document), nil
}

// NotFound is the page for every address that leads nowhere.
func (p *Publisher) NotFound() *Document {
	e := p.current(context.Background())
	if doc := e.find(notFoundPath); doc != nil {
		return doc
	}
	doc := e.book.notFound()
	e.keep(notFoundPath, doc)
	return doc
}

// notFoundPath stands for the page of no address; it is none itself.
const notFoundPath = "404"

// late makes a document that nobody has asked this edition for.
func (p *Publisher) late(ctx context.Context, e *edition, path string) (*Document, error) {
	if id, is := incidentPath(path); is {
		return p.incident(ctx, e, id)
	}
	if id, asCalendar, is := planPath(path); is {
		return p.planDocument(ctx, e.book, id, asCalendar)
	}
	book := e.book
	if span, dated := book.span(path); dated && span.From.Before(book.ledger.span.From) {
		var err error
		if book, err = p.longAgo(ctx, book, span); err != nil {
			return nil, err
		}
	}
	if id, is := strings.CutPrefix(path, "/components/"); is {
		if c, known := book.component(uptime.ComponentID(id)); known {
			looked := *book
			looked.looks = p.looksOf(ctx, c, book.now)
			book = &looked
		}
	}
	if doc := book.document(path); doc != nil {
		return doc, nil
	}
	return nil, uptime.ErrNotFound
}

func (p *Publisher) incident(ctx context.Context, e *edition, id uptime.IncidentID) (*Document, error) {
	known := e.book.in.Incidents
	if i := slices.IndexFunc(known, func(inc uptime.Incident) bool { return inc.ID == id }); i >= 0 {
		return e.book.page(incidentPage(e.book.incidentPage(known[i]), beside())), nil
	}
	inc, err := p.source.PublishedIncident(ctx, id)
	if err != nil {
		return nil, err
	}
	if inc.Draft() {
		return nil, uptime.ErrNotFound
	}
	return e.book.page(incidentPage(e.book.incidentPage(inc), beside())), nil
}

// longAgo opens the book of a time that is not kept at hand.
func (p *Publisher) longAgo(ctx context.Context, present *book, span calendar.Span) (*book, error) {
	segments, err := p.source.SegmentsBetween(ctx, span.From, span.To)
	if err != nil {
		return nil, err
	}
	incidents, err := p.source.PublishedIncidents(ctx, span.From, span.To, 0)
	if err != nil {
		return nil, err
	}
	statements, err := p.source.Statements(ctx, span.From, span.To)
	if err != nil {
		return nil, err
	}
	plans, err := p.source.PublishedPlans(ctx, span.From, span.To)
	if err != nil {
		return nil, err
	}
	past := *present
	past.in.Incidents, past.in.Statements = incidents, statements
	past.in.Plans, past.in.agreed = held(&present.in.Catalogue, plans), nil
	past.in = past.in.published()
	past.ledger = ledger{span: span, components: recordedLines(present.in.Catalogue, segments, span)}
	past.ledger.state(past.in.Statements)
	past.agreed = agreedOf(past.in.Plans, nil)
	past.ledger.exclude(past.in.Plans, past.agreed)
	past.segments, past.keys = byMonitor(segments), newFingerprints()
	return &past, nil
}
