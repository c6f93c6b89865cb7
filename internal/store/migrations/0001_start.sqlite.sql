-- Every instant is a whole number of milliseconds since 1970-01-01 UTC.

-- +goose Up

-- Names are long and rows are many: a sample names its monitor and its vantage
-- by one small number.
CREATE TABLE series (
	id      INTEGER PRIMARY KEY,
	monitor TEXT NOT NULL,
	vantage TEXT NOT NULL,
	UNIQUE (monitor, vantage)
);

-- What one look came to. No foreign key: rows of series are never deleted, and
-- the check would cost more than the row.
CREATE TABLE sample (
	series  INTEGER NOT NULL,
	slot    INTEGER NOT NULL, -- when the look was due
	late    INTEGER NOT NULL, -- ms from then to its beginning
	took    INTEGER NOT NULL, -- µs
	verdict INTEGER NOT NULL, -- outcome and code, see codes.go
	PRIMARY KEY (series, slot)
) WITHOUT ROWID;

-- By time first: the rows that are being added to lie side by side.
CREATE TABLE hourly (
	start    INTEGER NOT NULL,
	series   INTEGER NOT NULL,
	passed   INTEGER NOT NULL,
	slow     INTEGER NOT NULL,
	failed   INTEGER NOT NULL,
	unseen   INTEGER NOT NULL,
	took_sum INTEGER NOT NULL, -- µs, over passed and slow
	took_max INTEGER NOT NULL,
	PRIMARY KEY (start, series)
) WITHOUT ROWID;

CREATE TABLE daily (
	start    INTEGER NOT NULL,
	series   INTEGER NOT NULL,
	passed   INTEGER NOT NULL,
	slow     INTEGER NOT NULL,
	failed   INTEGER NOT NULL,
	unseen   INTEGER NOT NULL,
	took_sum INTEGER NOT NULL,
	took_max INTEGER NOT NULL,
	PRIMARY KEY (start, series)
) WITHOUT ROWID;

CREATE TABLE segment (
	series  INTEGER NOT NULL REFERENCES series (id),
	started INTEGER NOT NULL,
	ended   INTEGER,          -- null: still open
	state   TEXT    NOT NULL,
	code    TEXT    NOT NULL,
	PRIMARY KEY (series, started)
) WITHOUT ROWID;
CREATE INDEX segment_ended ON segment (ended);

CREATE TABLE incident (
	id         TEXT    PRIMARY KEY,
	title      TEXT    NOT NULL,
	tier       INTEGER NOT NULL,
	impact     TEXT    NOT NULL,
	phase      TEXT    NOT NULL,
	components TEXT    NOT NULL, -- a JSON list
	automatic  INTEGER NOT NULL,
	started    INTEGER NOT NULL,
	detected   INTEGER NOT NULL,
	resolved   INTEGER,          -- null: still open
	version    INTEGER NOT NULL
);
CREATE INDEX incident_started ON incident (started);
CREATE INDEX incident_resolved ON incident (resolved);

CREATE TABLE incident_update (
	seq       INTEGER PRIMARY KEY, -- the order in which they were written
	id        TEXT    NOT NULL UNIQUE,
	incident  TEXT    NOT NULL REFERENCES incident (id),
	phase     TEXT    NOT NULL,
	body      TEXT    NOT NULL,
	at        INTEGER NOT NULL,
	automatic INTEGER NOT NULL
);
CREATE INDEX incident_update_incident ON incident_update (incident);

CREATE TABLE outbox (
	seq      INTEGER PRIMARY KEY, -- the order in which they are owed
	id       TEXT    NOT NULL UNIQUE,
	at       INTEGER NOT NULL,
	reason   TEXT    NOT NULL,
	incident TEXT    NOT NULL,
	summary  TEXT    NOT NULL,
	state    TEXT    NOT NULL, -- pending, claimed, sent, dead
	due      INTEGER NOT NULL, -- pending: not before; claimed: the end of the lease
	attempt  INTEGER NOT NULL, -- begun so far
	settled  INTEGER,          -- when it was sent or given up
	error    TEXT    NOT NULL  -- of the last attempt that failed
);
CREATE INDEX outbox_owed ON outbox (seq) WHERE state IN ('pending', 'claimed');
CREATE INDEX outbox_dead ON outbox (seq) WHERE state = 'dead';
CREATE INDEX outbox_incident ON outbox (incident, seq) WHERE state IN ('pending', 'claimed');

CREATE TABLE signal (
	id      INTEGER PRIMARY KEY,
	monitor TEXT    NOT NULL,
	at      INTEGER NOT NULL,
	kind    TEXT    NOT NULL,
	code    INTEGER NOT NULL
);
CREATE INDEX signal_monitor ON signal (monitor, at);
