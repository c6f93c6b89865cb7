package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gorm.io/driver/sqlite"
	modernc "modernc.org/sqlite"

	"github.com/upheld/upheld/internal/uptime"
)

var errInjected = errors.New("injected")

// faults makes the nth call of the driver fail, before or after it is done.
type faults struct {
	nth   int // counted down; 0: none fails
	after bool
	err   error
	fired bool
}

func (f *faults) call(do func() error) error {
	f.nth--
	if f.nth != 0 {
		return do()
	}
	f.fired = true
	if f.after {
		if err := do(); err != nil {
			return err
		}
	}
	return f.err
}

type faultyConnector struct {
	driver.Connector
	faults *faults
}

func (c faultyConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return faultyConn{conn, c.faults}, nil
}

type faultyConn struct {
	driver.Conn
	faults *faults
}

func (c faultyConn) BeginTx(ctx context.Context, o driver.TxOptions) (tx driver.Tx, err error) {
	err = c.faults.call(func() error { tx, err = c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o); return err })
	if err != nil && tx != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return faultyTx{tx, c.faults}, err
}

func (c faultyConn) ExecContext(ctx context.Context, q string, args []driver.NamedValue) (r driver.Result, err error) {
	err = c.faults.call(func() error { r, err = c.Conn.(driver.ExecerContext).ExecContext(ctx, q, args); return err })
	return r, err
}

func (c faultyConn) QueryContext(ctx context.Context, q string, args []driver.NamedValue) (r driver.Rows, err error) {
	err = c.faults.call(func() error { r, err = c.Conn.(driver.QueryerContext).QueryContext(ctx, q, args); return err })
	if err != nil && r != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, err
}

func (c faultyConn) PrepareContext(ctx context.Context, q string) (driver.Stmt, error) {
	s, err := c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, q)
	return faultyStmt{s, c.faults}, err
}

type faultyStmt struct {
	driver.Stmt
	faults *faults
}

func (s faultyStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (r driver.Result, err error) {
	err = s.faults.call(func() error { r, err = s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args); return err })
	return r, err
}

func (s faultyStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (r driver.Rows, err error) {
	err = s.faults.call(func() error { r, err = s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args); return err })
	if err != nil && r != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, err
}

type faultyTx struct {
	driver.Tx
	faults *faults
}

func (t faultyTx) Commit() error {
	committed := false
	err := t.faults.call(func() error { committed = true; return t.Tx.Commit() })
	if err != nil && !committed {
		return errors.Join(err, t.Tx.Rollback()) // as the server does when the client is gone
	}
	return err
}

// openFaulty is a database whose writer goes through faults.
func openFaulty(t *testing.T) (*DB, *faults) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	db := open(t, "sqlite:"+path)
	if err := closePool(db.writer); err != nil {
		t.Fatal(err)
	}
	connector, err := modernc.NewConnector(sqliteDSN(path, false))
	if err != nil {
		t.Fatal(err)
	}
	f := &faults{}
	pool := sql.OpenDB(faultyConnector{connector, f})
	pool.SetMaxOpenConns(1)
	db.writer, err = gormOn(sqliteDialector{sqlite.New(sqlite.Config{Conn: pool}).(*sqlite.Dialector)})
	if err != nil {
		t.Fatal(err)
	}
	return db, f
}

// An operation that is tried with a fault at each of its calls in turn. After
// the fault nothing or all of it is there; after one more try all of it, once.
type operation struct {
	name  string
	act   func(ctx context.Context, db *DB, key string) error
	count func(db *DB, key string) (found, whole int, err error)
}

var operations = []operation{
	{"apply", func(ctx context.Context, db *DB, key string) error {
		err := db.Apply(ctx, everythingAt(key))
		if errors.Is(err, uptime.ErrRepeated) {
			return nil // it was done after all: the caller reads what came of it
		}
		return err
	}, func(db *DB, key string) (int, int, error) {
		return counted(db, 27, `SELECT (SELECT count(*) FROM segment JOIN series ON id = series WHERE monitor = @k)
			+ (SELECT count(*) FROM incident WHERE id = @k) + (SELECT count(*) FROM incident_update WHERE incident = @k)
			+ (SELECT count(*) FROM statement WHERE incident = @k) + (SELECT count(*) FROM notice WHERE id = @k)
			+ (SELECT count(*) FROM delivery JOIN notice n ON n.seq = notice WHERE n.id = @k)
			+ (SELECT count(*) FROM template WHERE id = @k) + (SELECT count(*) FROM account WHERE id = @k)
			+ (SELECT count(*) FROM token WHERE id = @k) + (SELECT count(*) FROM subscriber WHERE id = @k)
			+ (SELECT count(*) FROM subscriber_component WHERE subscriber = @k) + (SELECT count(*) FROM channel_state WHERE name = @k)
			+ (SELECT count(*) FROM plan WHERE id = @k) + (SELECT count(*) FROM plan_revision WHERE plan = @k)
			+ (SELECT count(*) FROM plan_update WHERE plan = @k) + (SELECT count(*) FROM plan_series WHERE id = @k)
			+ (SELECT count(*) FROM policy_version WHERE policy = @k) + (SELECT count(*) FROM evidence WHERE id = @k)
			+ (SELECT count(*) FROM non_compliance WHERE id = @k) + (SELECT count(*) FROM alert WHERE id = @k)
			+ (SELECT count(*) FROM audit WHERE object = @k) + (SELECT count(*) FROM once WHERE key = @k)`, key)
	}},
	{"publish a draft", func(ctx context.Context, db *DB, key string) error {
		at := time.Unix(1_800_000_000, 0)
		draft := uptime.PlanChange{Plan: uptime.Plan{ID: uptime.PlanID(key), Version: 1}, Revisions: []uptime.Revision{{At: at}}}
		if err := db.Apply(ctx, uptime.Changes{Plans: []uptime.PlanChange{draft}}); err != nil && !errors.Is(err, uptime.ErrConflict) {
			return err
		}
		draft.Expect, draft.Plan.Version, draft.Plan.PublishedAt, draft.First = 1, 2, at, true
		draft.Revisions[0].Reason = "announced"
		if err := db.Apply(ctx, uptime.Changes{Plans: []uptime.PlanChange{draft}}); err != nil && !errors.Is(err, uptime.ErrConflict) {
			return err
		}
		return nil
	}, func(db *DB, key string) (int, int, error) {
		// The plan and its revision are announced together.
		return counted(db, 2, `SELECT (SELECT count(*) FROM plan WHERE id = @k AND published IS NOT NULL AND version = 2)
			+ (SELECT count(*) FROM plan_revision WHERE plan = @k AND reason = 'announced' AND number = 0)`, key)
	}},
	{"apply without a key", func(ctx context.Context, db *DB, key string) error {
		c := everythingAt(key)
		c.Once, c.Users, c.Subscribers = nil, nil, nil
		err := db.Apply(ctx, c)
		if errors.Is(err, uptime.ErrConflict) {
			return nil // it was done after all: the caller reads again and finds it
		}
		return err
	}, func(db *DB, key string) (int, int, error) {
		return counted(db, 6, `SELECT (SELECT count(*) FROM segment JOIN series ON id = series WHERE monitor = @k)
			+ (SELECT count(*) FROM incident WHERE id = @k) + (SELECT count(*) FROM incident_update WHERE incident = @k)
			+ (SELECT count(*) FROM notice WHERE id = @k)`, key)
	}},
	{"claim and settle", func(ctx context.Context, db *DB, key string) error {
		at := time.Unix(1_800_000_000, 0)
		n := uptime.Notice{ID: key, At: at, Channels: []uptime.Routed{{Channel: key}}}
		if err := db.Apply(ctx, uptime.Changes{Outbox: []uptime.Notice{n}}); err != nil {
			return err
		}
		// A claim whose answer was lost is over when its lease is.
		for hour := range 3 {
			now := at.Add(time.Duration(hour) * time.Hour)
			got, err := db.Claim(ctx, uptime.Claim{Lane: uptime.LaneOperators, Channel: key, Now: now, Lease: time.Minute, Limit: 9})
			if err != nil {
				return err
			}
			for _, d := range got {
				s := uptime.Settlement{Delivery: d.ID, Attempt: d.Attempt, State: uptime.DeliveryDead, At: at, Gone: true}
				if _, err := db.Settle(ctx, []uptime.Settlement{s}); err != nil {
					return err
				}
			}
		}
		return nil
	}, func(db *DB, key string) (int, int, error) {
		// The settlement and what is learned from it are one.
		return counted(db, 2, `SELECT (SELECT count(*) FROM delivery WHERE recipient = 'channel:' || @k AND state = 'dead')
			+ (SELECT count(*) FROM channel_state WHERE name = @k)`, key)
	}},
	{"session", func(ctx context.Context, db *DB, key string) error {
		return db.CommitSession(ctx, key, []byte("data"), time.Unix(1_800_000_000, 0))
	}, func(db *DB, key string) (int, int, error) {
		return counted(db, 1, "SELECT count(*) FROM session WHERE hash = @k", key)
	}},
	{"record", func(ctx context.Context, db *DB, key string) error {
		var looks []uptime.Observation
		for i := range 3 {
			looks = append(looks, uptime.Observation{
				Monitor: uptime.MonitorID(key), Vantage: uptime.Local, Slot: time.Unix(1_800_000_000+int64(i), 0), Outcome: uptime.Pass, Code: uptime.OK,
			})
		}
		return db.Record(ctx, looks)
	}, func(db *DB, key string) (int, int, error) {
		return counted(db, 9, `SELECT (SELECT count(*) FROM sample WHERE series = id)
			+ coalesce((SELECT sum(passed) FROM hourly WHERE series = id), 0)
			+ coalesce((SELECT sum(passed) FROM daily WHERE series = id), 0) FROM series WHERE monitor = @k
			UNION ALL SELECT 0 LIMIT 1`, key)
	}},
}

// everythingAt is a change of every kind.
func everythingAt(key string) uptime.Changes {
	at := time.Unix(1_800_000_000, 0)
	subscriber := uptime.Subscriber{
		ID: uptime.SubscriberID(key), Kind: uptime.ToMail, Address: key, State: uptime.SubscriberConfirmed, News: uptime.AllNews[:],
		Components: []uptime.ComponentID{uptime.ComponentID(key)},
	}
	return uptime.Changes{
		Segments: []uptime.Segment{
			{Monitor: uptime.MonitorID(key), Vantage: uptime.Local, From: at, To: at.Add(time.Minute), State: uptime.Up},
			{Monitor: uptime.MonitorID(key), Vantage: uptime.Local, From: at.Add(time.Minute), State: uptime.Down},
		},
		Incidents: []uptime.IncidentChange{{
			Incident: uptime.Incident{ID: uptime.IncidentID(key), Version: 1, StartedAt: at, DetectedAt: at},
			Updates:  []uptime.Update{{ID: key + "-1", At: at}, {ID: key + "-2", At: at}},
		}},
		Statements: []uptime.Statement{{Incident: uptime.IncidentID(key), Component: "api", State: uptime.Down, From: at}},
		Outbox: []uptime.Notice{{
			ID: key, At: at, Channels: []uptime.Routed{{Channel: "ops"}},
			Audience: &uptime.Audience{News: uptime.NewsIncidents, Components: subscriber.Components},
		}},
		Plans: []uptime.PlanChange{{
			Plan:      uptime.Plan{ID: uptime.PlanID(key), Version: 1},
			Revisions: []uptime.Revision{{At: at}, {At: at}}, Updates: []uptime.PlanUpdate{{ID: key, At: at}},
		}},
		Series:         []uptime.SeriesChange{{Series: uptime.Series{ID: uptime.SeriesID(key), Version: 1}}},
		Policies:       []uptime.PolicyVersion{{Policy: uptime.PolicyID(key)}},
		Evidence:       []uptime.Evidence{{ID: key}},
		NonCompliances: []uptime.NonComplianceChange{{Entry: uptime.NonCompliance{ID: key, Version: 1}}},
		Alerts:         []uptime.Alert{{ID: key, Since: at}},
		Templates:      []uptime.Template{{ID: key}},
		Users:          []uptime.UserChange{{User: uptime.User{ID: key, Name: key}, New: true}},
		Tokens:         []uptime.Token{{ID: key, Hash: key}},
		Subscribers:    []uptime.SubscriberChange{{Subscriber: subscriber, New: true}},
		Channels:       []uptime.ChannelState{{Name: key}},
		Audit:          []uptime.AuditEntry{{At: at, Object: key}, {At: at, Object: key}},
		Once:           &uptime.Once{Key: key, At: at},
	}
}

func counted(db *DB, whole int, query, key string) (int, int, error) {
	var n int
	err := db.reader.Raw(query, sql.Named("k", key)).Row().Scan(&n)
	return n, whole, err
}

func TestAFaultAtAnyCallLeavesAllOrNothing(t *testing.T) {
	for _, op := range operations {
		for _, kind := range []faults{{err: errInjected}, {err: errInjected, after: true}, {err: driver.ErrBadConn}} {
			t.Run(fmt.Sprintf("%s, %v, after %t", op.name, kind.err, kind.after), func(t *testing.T) {
				db, f := openFaulty(t)
				for n := 1; ; n++ {
					key := fmt.Sprintf("k%d", n)
					*f = kind
					f.nth = n
					err := op.act(t.Context(), db, key)
					fired := f.fired
					*f = faults{}
					found, whole, err2 := op.count(db, key)
					if err2 != nil {
						t.Fatal(err2)
					}
					if found != 0 && found != whole || err == nil && found != whole {
						t.Errorf("call %d: %d of %d rows are there (%v)", n, found, whole, err)
					}
					if err != nil && !errors.Is(err, kind.err) && !strings.Contains(err.Error(), kind.err.Error()) {
						t.Errorf("call %d: %v", n, err)
					}
					if err := op.act(t.Context(), db, key); err != nil {
						t.Errorf("call %d, tried again: %v", n, err)
					}
					if found, whole, err := op.count(db, key); err != nil || found != whole {
						t.Errorf("call %d, tried again: %d of %d rows are there (%v)", n, found, whole, err)
					}
					if !fired {
						if n < 4 { // a beginning, one statement, an end
							t.Fatalf("only %d calls were seen", n)
						}
						return
					}
				}
			})
		}
	}
}
