package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

var signalKinds = map[string]uptime.SignalKind{
	uptime.Succeeded.String(): uptime.Succeeded,
	uptime.Started.String():   uptime.Started,
	uptime.Failed.String():    uptime.Failed,
}

type signalRow struct {
	ID      int64 `gorm:"primaryKey"`
	Monitor string
	At      int64
	Kind    string
	Code    int32
}

func (signalRow) TableName() string { return "signal" }

// signalGroup gathers the signals that arrive while another is being written,
// so that a thousand jobs at midnight share one commit and not one each.
type signalGroup struct {
	mu     sync.Mutex
	next   *signalBatch // gathers; nil: nobody waits
	writes sync.Mutex   // held by who writes
}

type signalBatch struct {
	rows []signalRow
	done chan struct{}
	err  error
}

// SaveSignal keeps what a job said. It returns when that is on the disk, so the
// job may be told so; signals that arrive together share one transaction, which
// one of their callers writes whatever becomes of its own context.
func (db *DB) SaveSignal(ctx context.Context, s uptime.Signal) error {
	row := signalRow{Monitor: text(string(s.Monitor)), At: toMillis(s.At), Kind: s.Kind.String(), Code: clamp(int64(s.Code))}
	batch, first := db.pending.join(row)
	if first {
		db.writeSignals(context.WithoutCancel(ctx), batch)
	}
	select {
	case <-batch.done:
	case <-ctx.Done():
		return fmt.Errorf("saving a signal of %s: %w", s.Monitor, ctx.Err())
	}
	if batch.err != nil {
		return fmt.Errorf("saving a signal of %s: %w", s.Monitor, batch.err)
	}
	return nil
}

// join adds the row to the batch that gathers; the first of a batch has to see
// it written.
func (g *signalGroup) join(row signalRow) (batch *signalBatch, first bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.next == nil {
		g.next, first = &signalBatch{done: make(chan struct{})}, true
	}
	g.next.rows = append(g.next.rows, row)
	return g.next, first
}

// writeSignals waits for the batch before it, closes its own to newcomers and
// writes it.
func (db *DB) writeSignals(ctx context.Context, batch *signalBatch) {
	defer close(batch.done)
	db.pending.writes.Lock()
	defer db.pending.writes.Unlock()
	db.pending.mu.Lock()
	db.pending.next = nil
	db.pending.mu.Unlock()
	batch.err = db.transaction(ctx, func(_ context.Context, tx *gorm.DB) error {
		return tx.CreateInBatches(batch.rows, 500).Error
	})
}

// Signals lists what a job said at or after since, oldest first.
func (db *DB) Signals(ctx context.Context, monitor uptime.MonitorID, since time.Time) ([]uptime.Signal, error) {
	var rows []signalRow
	err := db.read(ctx, func(q *gorm.DB) error {
		return q.Where("monitor = ? AND at >= ?", string(monitor), toMillis(since)).Order("at, id").Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("reading the signals of %s: %w", monitor, err)
	}
	return valuesOrError(rows, signalRow.value)
}

// SignalsOf lists what some jobs said in [from, to), the oldest first; what was
// said in one moment, as it came.
func (db *DB) SignalsOf(ctx context.Context, monitors []uptime.MonitorID, from, to time.Time) ([]uptime.Signal, error) {
	var rows []signalRow
	names := texts(monitors)
	slices.Sort(names)
	for part := range slices.Chunk(slices.Compact(names), 500) {
		var found []signalRow
		err := db.read(ctx, func(q *gorm.DB) error {
			return q.Where("monitor IN ? AND at >= ? AND at < ?", part, toMillis(from), toMillis(to)).Find(&found).Error
		})
		if err != nil {
			return nil, fmt.Errorf("reading the signals of %d jobs: %w", len(monitors), err)
		}
		rows = append(rows, found...)
	}
	slices.SortFunc(rows, func(a, b signalRow) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID)) })
	return valuesOrError(rows, signalRow.value)
}

func (r signalRow) value() (uptime.Signal, error) {
	kind, known := signalKinds[r.Kind]
	if !known {
		return uptime.Signal{}, fmt.Errorf("signal %d of %s has the unknown kind %q", r.ID, r.Monitor, r.Kind)
	}
	return uptime.Signal{Monitor: uptime.MonitorID(r.Monitor), At: fromMillis(r.At), Kind: kind, Code: int(r.Code)}, nil
}
