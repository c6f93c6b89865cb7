-- Every instant is a whole number of milliseconds since 1970-01-01 UTC.

-- +goose Up

-- Names are long and rows are many: a sample names its monitor and its vantage
-- by one small number.
CREATE TABLE series (
	id      INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	monitor TEXT NOT NULL,
	vantage TEXT NOT NULL,
	UNIQUE (monitor, vantage)
);

-- What one look came to. No foreign key: rows of series are never deleted, and
-- the check would cost more than the row. The widest column first: no padding.
CREATE TABLE sample (
	slot    BIGINT   NOT NULL, -- when the look was due
	series  INTEGER  NOT NULL,
	late    INTEGER  NOT NULL, -- ms from then to its beginning
	took    INTEGER  NOT NULL, -- µs
	verdict SMALLINT NOT NULL, -- outcome and code, see codes.go
	PRIMARY KEY (series, slot)
);

-- Rows that are added to all hour long: room on the page keeps the updates out
-- of the index.
CREATE TABLE hourly (
	start    BIGINT  NOT NULL,
	took_sum BIGINT  NOT NULL, -- µs, over passed and slow
	series   INTEGER NOT NULL,
	passed   INTEGER NOT NULL,
	slow     INTEGER NOT NULL,
	failed   INTEGER NOT NULL,
	unseen   INTEGER NOT NULL,
	took_max INTEGER NOT NULL,
	PRIMARY KEY (start, series)
) WITH (fillfactor = 70);

CREATE TABLE daily (
	start    BIGINT  NOT NULL,
	took_sum BIGINT  NOT NULL,
	series   INTEGER NOT NULL,
	passed   INTEGER NOT NULL,
	slow     INTEGER NOT NULL,
	failed   INTEGER NOT NULL,
	unseen   INTEGER NOT NULL,
	took_max INTEGER NOT NULL,
	PRIMARY KEY (start, series)
) WITH (fillfactor = 70);

CREATE TABLE segment (
	series  INTEGER NOT NULL REFERENCES series (id),
	started BIGINT  NOT NULL,
	ended   BIGINT,           -- null: still open
	state   TEXT    NOT NULL,
	code    TEXT    NOT NULL,
	PRIMARY KEY (series, started)
);
CREATE INDEX segment_ended ON segment (ended);

CREATE TABLE incident (
	id         TEXT     PRIMARY KEY,
	title      TEXT     NOT NULL,
	tier       SMALLINT NOT NULL,
	impact     TEXT     NOT NULL,
	phase      TEXT     NOT NULL,
	components TEXT     NOT NULL, -- a JSON list
	automatic  BOOLEAN  NOT NULL,
	started    BIGINT   NOT NULL,
	detected   BIGINT   NOT NULL,
	resolved   BIGINT,            -- null: still open
	version    BIGINT   NOT NULL
);
CREATE INDEX incident_started ON incident (started);
CREATE INDEX incident_resolved ON incident (resolved);

CREATE TABLE incident_update (
	seq       BIGINT  GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the order in which they were written
	id        TEXT    NOT NULL UNIQUE,
	incident  TEXT    NOT NULL REFERENCES incident (id),
	phase     TEXT    NOT NULL,
	body      TEXT    NOT NULL,
	at        BIGINT  NOT NULL,
	automatic BOOLEAN NOT NULL
);
CREATE INDEX incident_update_incident ON incident_update (incident);

CREATE TABLE outbox (
	seq      BIGINT  GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the order in which they are owed
	id       TEXT    NOT NULL UNIQUE,
	at       BIGINT  NOT NULL,
	reason   TEXT    NOT NULL,
	incident TEXT    NOT NULL,
	summary  TEXT    NOT NULL,
	state    TEXT    NOT NULL, -- pending, claimed, sent, dead
	due      BIGINT  NOT NULL, -- pending: not before; claimed: the end of the lease
	attempt  INTEGER NOT NULL, -- begun so far
	settled  BIGINT,           -- when it was sent or given up
	error    TEXT    NOT NULL  -- of the last attempt that failed
);
CREATE INDEX outbox_owed ON outbox (seq) WHERE state IN ('pending', 'claimed');
CREATE INDEX outbox_dead ON outbox (seq) WHERE state = 'dead';
CREATE INDEX outbox_incident ON outbox (incident, seq) WHERE state IN ('pending', 'claimed');

CREATE TABLE signal (
	id      BIGINT  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	monitor TEXT    NOT NULL,
	at      BIGINT  NOT NULL,
	kind    TEXT    NOT NULL,
	code    INTEGER NOT NULL
);
CREATE INDEX signal_monitor ON signal (monitor, at);
