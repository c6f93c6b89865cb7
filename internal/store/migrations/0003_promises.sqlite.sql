-- What was promised, and planned work: plans with their revisions, maintenance
-- that recurs, the documents that promise, and what is kept of promises.

-- +goose Up

ALTER TABLE subscriber ADD COLUMN zone TEXT NOT NULL DEFAULT ''; -- IANA name; empty: not said

ALTER TABLE notice ADD COLUMN plan TEXT NOT NULL DEFAULT '';
CREATE INDEX notice_plan ON notice (plan, seq) WHERE plan <> '';

-- How many came to what, by when, and of which kind of recipient: 50,000
-- deliveries of one notice are counted without a look at their rows.
DROP INDEX delivery_count;
CREATE INDEX delivery_count ON delivery (notice, state, settled, kind);

CREATE TABLE plan (
	id         TEXT    PRIMARY KEY,
	kind       TEXT    NOT NULL,
	title      TEXT    NOT NULL,
	body       TEXT    NOT NULL,
	components TEXT    NOT NULL, -- a JSON list
	regions    TEXT    NOT NULL, -- a JSON list
	emergency  INTEGER NOT NULL,
	phase      TEXT    NOT NULL,
	rules      TEXT    NOT NULL, -- JSON: zones by name, times of day in ms
	series     TEXT    NOT NULL, -- empty: none
	due        INTEGER,          -- which occurrence of the series
	created    INTEGER NOT NULL,
	published  INTEGER, -- null: a draft
	started    INTEGER,
	finished   INTEGER,
	version    INTEGER NOT NULL
);
CREATE INDEX plan_created ON plan (created, id);
CREATE UNIQUE INDEX plan_occurrence ON plan (series, due) WHERE series <> '';

CREATE TABLE plan_revision (
	plan      TEXT    NOT NULL REFERENCES plan (id),
	number    INTEGER NOT NULL, -- from 0: iCalendar's SEQUENCE
	at        INTEGER NOT NULL,
	started   INTEGER NOT NULL,
	ended     INTEGER NOT NULL, -- of a change: started
	cancelled INTEGER NOT NULL,
	finished  INTEGER NOT NULL,
	reason    TEXT    NOT NULL,
	broken    TEXT    NOT NULL, -- a JSON list
	overrides TEXT    NOT NULL, -- why it was announced all the same
	author    TEXT    NOT NULL,
	name      TEXT    NOT NULL, -- of the author
	PRIMARY KEY (plan, number)
) WITHOUT ROWID;

CREATE TABLE plan_update (
	seq       INTEGER PRIMARY KEY, -- the order in which they were written
	id        TEXT    NOT NULL UNIQUE,
	plan      TEXT    NOT NULL REFERENCES plan (id),
	phase     TEXT    NOT NULL,
	body      TEXT    NOT NULL,
	at        INTEGER NOT NULL,
	automatic INTEGER NOT NULL,
	author    TEXT    NOT NULL,
	silent    INTEGER NOT NULL
);
CREATE INDEX plan_update_plan ON plan_update (plan);

-- What was announced stays as it was announced, and when.
-- +goose StatementBegin
CREATE TRIGGER plan_announced BEFORE UPDATE ON plan WHEN OLD.published IS NOT NULL AND NEW.published IS NOT OLD.published BEGIN
	SELECT RAISE(ABORT, 'a plan that was announced stays announced');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER plan_kept BEFORE DELETE ON plan WHEN OLD.published IS NOT NULL BEGIN
	SELECT RAISE(ABORT, 'a plan that was announced stays announced');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER plan_revision_update BEFORE UPDATE ON plan_revision
WHEN (SELECT published FROM plan WHERE id = OLD.plan) IS NOT NULL BEGIN
	SELECT RAISE(ABORT, 'revisions of a plan that was announced are only ever added to');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER plan_revision_delete BEFORE DELETE ON plan_revision
WHEN (SELECT published FROM plan WHERE id = OLD.plan) IS NOT NULL BEGIN
	SELECT RAISE(ABORT, 'revisions of a plan that was announced are only ever added to');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER plan_revision_replace BEFORE INSERT ON plan_revision
WHEN EXISTS (SELECT 1 FROM plan_revision WHERE plan = NEW.plan AND number = NEW.number)
	AND (SELECT published FROM plan WHERE id = NEW.plan) IS NOT NULL BEGIN
	SELECT RAISE(ABORT, 'revisions of a plan that was announced are only ever added to');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER plan_update_update BEFORE UPDATE ON plan_update BEGIN
	SELECT RAISE(ABORT, 'updates of a plan are only ever added to');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER plan_update_delete BEFORE DELETE ON plan_update BEGIN
	SELECT RAISE(ABORT, 'updates of a plan are only ever added to');
END;
-- +goose StatementEnd

-- Maintenance that recurs.
CREATE TABLE plan_series (
	id         TEXT    PRIMARY KEY,
	title      TEXT    NOT NULL,
	body       TEXT    NOT NULL,
	components TEXT    NOT NULL, -- a JSON list
	regions    TEXT    NOT NULL, -- a JSON list
	rule       TEXT    NOT NULL, -- RRULE
	zone       TEXT    NOT NULL, -- IANA name; empty: none
	started    INTEGER NOT NULL, -- the first occurrence
	length     INTEGER NOT NULL, -- ms
	ahead      INTEGER NOT NULL, -- ms
	stopped    INTEGER,          -- null: it goes on
	created    INTEGER NOT NULL,
	version    INTEGER NOT NULL
);

-- Documents of promises, each version as it was read.
CREATE TABLE policy_version (
	policy    TEXT    NOT NULL,
	number    TEXT    NOT NULL,
	title     TEXT    NOT NULL,
	effective INTEGER NOT NULL,
	approved  TEXT    NOT NULL, -- by whom
	digest    TEXT    NOT NULL,
	document  TEXT    NOT NULL,
	seen      INTEGER NOT NULL,
	PRIMARY KEY (policy, number)
);
-- +goose StatementBegin
CREATE TRIGGER policy_version_update BEFORE UPDATE ON policy_version BEGIN
	SELECT RAISE(ABORT, 'versions of a policy are only ever added to');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER policy_version_delete BEFORE DELETE ON policy_version BEGIN
	SELECT RAISE(ABORT, 'versions of a policy are only ever added to');
END;
-- +goose StatementEnd

CREATE TABLE evidence (
	id        TEXT    PRIMARY KEY,
	record    TEXT    NOT NULL,
	title     TEXT    NOT NULL,
	done_by   TEXT    NOT NULL,
	at        INTEGER NOT NULL,
	expires   INTEGER, -- null: by the register's own period, or never
	url       TEXT    NOT NULL,
	note      TEXT    NOT NULL,
	shown     INTEGER NOT NULL, -- with its title
	added     INTEGER NOT NULL,
	author    TEXT    NOT NULL,
	withdrawn INTEGER -- null: it stands
);

CREATE TABLE non_compliance (
	id         TEXT    PRIMARY KEY,
	commitment TEXT    NOT NULL,
	occasion   TEXT    NOT NULL, -- of which case
	summary    TEXT    NOT NULL,
	owner      TEXT    NOT NULL,
	opened     INTEGER NOT NULL,
	due        INTEGER,
	closed     INTEGER, -- null: it is open
	outcome    TEXT    NOT NULL,
	closed_by  TEXT    NOT NULL,
	version    INTEGER NOT NULL
);

CREATE TABLE alert (
	id       TEXT    NOT NULL,
	started  INTEGER NOT NULL,
	ended    INTEGER, -- null: it lasts
	subject  TEXT    NOT NULL,
	rule     TEXT    NOT NULL,
	severity TEXT    NOT NULL,
	summary  TEXT    NOT NULL,
	PRIMARY KEY (id, started)
) WITHOUT ROWID;
CREATE INDEX alert_lasting ON alert (started) WHERE ended IS NULL;
