package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

// Bounds of a connection to PostgreSQL.
const (
	connections    = 10
	connectionLife = 5 * time.Minute // so that a fail-over or a new address is followed
	connectionIdle = time.Minute
	operationLimit = 20 * time.Second // a server that is gone says nothing at all
)

// sessionSettings end what hangs on the server's side. What the address says
// goes before.
var sessionSettings = map[string]string{
	"application_name":                    "upheld",
	"statement_timeout":                   "10s",
	"lock_timeout":                        "2s",
	"idle_in_transaction_session_timeout": "10s",
}

func openPostgres(ctx context.Context, address string, log *slog.Logger) (_ *DB, err error) {
	config, err := postgresConfig(address)
	if err != nil {
		return nil, err
	}
	db := &DB{dialect: postgresDialect{}}
	if db.version, err = migratePostgres(ctx, *config, log); err != nil {
		return nil, err
	}
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	pool.SetConnMaxLifetime(connectionLife)
	pool.SetConnMaxIdleTime(connectionIdle)
	if db.writer, err = gormOn(postgres.New(postgres.Config{Conn: pool})); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	db.reader = db.writer
	return db, nil
}

func postgresConfig(address string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, err // pgx leaves the password out
	}
	if config.DefaultQueryExecMode == pgx.QueryExecModeSimpleProtocol {
		return nil, errors.New("the address asks for the simple protocol, which puts values into the text of a query: leave default_query_exec_mode out")
	}
	for name, value := range sessionSettings {
		if _, set := config.RuntimeParams[name]; !set {
			config.RuntimeParams[name] = value
		}
	}
	if config.ValidateConnect == nil { // of several hosts, the one that takes writes
		config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 5 * time.Second
	}
	dialer := &net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 3}}
	config.DialFunc = dialer.DialContext
	return config, nil
}

// migratePostgres migrates on a connection of its own, which may take its time.
func migratePostgres(ctx context.Context, config pgx.ConnConfig, log *slog.Logger) (int64, error) {
	settings := map[string]string{}
	for name, value := range config.RuntimeParams {
		settings[name] = value
	}
	settings["statement_timeout"], settings["lock_timeout"], settings["idle_in_transaction_session_timeout"] = "0", "0", "0"
	config.RuntimeParams = settings
	pool := stdlib.OpenDB(config)
	defer pool.Close()
	if err := pool.PingContext(ctx); err != nil {
		return 0, refusalOf(err)
	}
	return migrate(ctx, pool, goose.DialectPostgres, log)
}

// refusalOf is why no connection came about, in one line: what the server says,
// or else why it is not reached. The driver tells of every address and of every
// attempt, each on a line of its own.
func refusalOf(err error) error {
	var said *pgconn.PgError
	var network *net.OpError
	var name *net.DNSError
	switch {
	case errors.As(err, &said):
		return said
	case errors.As(err, &network):
		return network
	case errors.As(err, &name):
		return name
	}
	return errors.New(strings.Join(strings.Fields(err.Error()), " "))
}

type postgresDialect struct{}

func (postgresDialect) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, operationLimit)
}

func (postgresDialect) relax(_ context.Context, tx *gorm.DB) error {
	return tx.Exec("SET LOCAL synchronous_commit = off").Error
}

func (postgresDialect) skipLocked() string { return " FOR UPDATE SKIP LOCKED" }

func (postgresDialect) numbered(query string) string {
	var out strings.Builder
	for i, part := range strings.Split(query, "?") {
		if i > 0 {
			fmt.Fprintf(&out, "$%d", i)
		}
		out.WriteString(part)
	}
	return out.String()
}

func (postgresDialect) alone(tx *gorm.DB, table string) error {
	return tx.Exec("LOCK TABLE " + table + " IN SHARE ROW EXCLUSIVE MODE").Error // readers read on
}

func (postgresDialect) listed(column string) string { return "jsonb_exists(" + column + "::jsonb, ?)" }

func (postgresDialect) size(_ context.Context, db *gorm.DB) (bytes int64, err error) {
	err = db.Raw("SELECT pg_database_size(current_database())").Row().Scan(&bytes)
	return bytes, err
}

// One statement whatever the number of rows, so that it stays prepared.
func (postgresDialect) insertSamples(ctx context.Context, tx *gorm.DB, rows []sample) (_ []sample, err error) {
	inserted, err := tx.Statement.ConnPool.QueryContext(ctx, `INSERT INTO sample (series, slot, late, took, verdict)
		SELECT * FROM unnest($1::int[], $2::bigint[], $3::int[], $4::int[], $5::smallint[])
		ON CONFLICT DO NOTHING RETURNING series, slot, late, took, verdict`,
		column(rows, func(r sample) int32 { return r.Series }),
		column(rows, func(r sample) int64 { return r.Slot }),
		column(rows, func(r sample) int32 { return r.Late }),
		column(rows, func(r sample) int32 { return r.Took }),
		column(rows, func(r sample) int16 { return r.Verdict }))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, inserted.Close()) }()
	fresh := make([]sample, 0, len(rows))
	for inserted.Next() {
		var r sample
		if err := inserted.Scan(&r.Series, &r.Slot, &r.Late, &r.Took, &r.Verdict); err != nil {
			return nil, err
		}
		fresh = append(fresh, r)
	}
	return fresh, inserted.Err()
}

func (postgresDialect) addRollups(ctx context.Context, tx *gorm.DB, table string, rows []rollup) error {
	_, err := tx.Statement.ConnPool.ExecContext(ctx, `INSERT INTO `+table+` AS r (start, series, passed, slow, failed, unseen, took_sum, took_max)
		SELECT * FROM unnest($1::bigint[], $2::int[], $3::int[], $4::int[], $5::int[], $6::int[], $7::bigint[], $8::int[])
		ON CONFLICT (start, series) DO UPDATE SET `+addRollup("greatest"),
		column(rows, func(r rollup) int64 { return r.Start }),
		column(rows, func(r rollup) int32 { return r.Series }),
		column(rows, func(r rollup) int32 { return r.Passed }),
		column(rows, func(r rollup) int32 { return r.Slow }),
		column(rows, func(r rollup) int32 { return r.Failed }),
		column(rows, func(r rollup) int32 { return r.Unseen }),
		column(rows, func(r rollup) int64 { return r.TookSum }),
		column(rows, func(r rollup) int32 { return r.TookMax }))
	return err
}

func (postgresDialect) tailsSQL() string {
	return `SELECT s.monitor, s.vantage, x.slot, x.late, x.took, x.verdict
		FROM series s CROSS JOIN LATERAL
			(SELECT * FROM sample WHERE series = s.id ORDER BY slot DESC LIMIT ?::bigint + 1) x
		WHERE s.id BETWEEN ? AND ? ORDER BY s.monitor, x.slot, s.vantage`
}

// column is one column of the rows.
func column[R, V any](rows []R, of func(R) V) []V {
	out := make([]V, len(rows))
	for i, r := range rows {
		out[i] = of(r)
	}
	return out
}
