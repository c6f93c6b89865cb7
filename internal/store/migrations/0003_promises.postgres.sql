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
	emergency  BOOLEAN NOT NULL,
	phase      TEXT    NOT NULL,
	rules      TEXT    NOT NULL, -- JSON: zones by name, times of day in ms
	series     TEXT    NOT NULL, -- empty: none
	due        BIGINT,           -- which occurrence of the series
	created    BIGINT  NOT NULL,
	published  BIGINT, -- null: a draft
	started    BIGINT,
	finished   BIGINT,
	version    BIGINT  NOT NULL
);
CREATE INDEX plan_created ON plan (created, id);
CREATE UNIQUE INDEX plan_occurrence ON plan (series, due) WHERE series <> '';

CREATE TABLE plan_revision (
	plan      TEXT    NOT NULL REFERENCES plan (id),
	number    INTEGER NOT NULL, -- from 0: iCalendar's SEQUENCE
	at        BIGINT  NOT NULL,
	started   BIGINT  NOT NULL,
	ended     BIGINT  NOT NULL, -- of a change: started
	cancelled BOOLEAN NOT NULL,
	finished  BOOLEAN NOT NULL,
	reason    TEXT    NOT NULL,
	broken    TEXT    NOT NULL, -- a JSON list
	overrides TEXT    NOT NULL, -- why it was announced all the same
	author    TEXT    NOT NULL,
	name      TEXT    NOT NULL, -- of the author
	PRIMARY KEY (plan, number)
);

CREATE TABLE plan_update (
	seq       BIGINT  GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the order in which they were written
	id        TEXT    NOT NULL UNIQUE,
	plan      TEXT    NOT NULL REFERENCES plan (id),
	phase     TEXT    NOT NULL,
	body      TEXT    NOT NULL,
	at        BIGINT  NOT NULL,
	automatic BOOLEAN NOT NULL,
	author    TEXT    NOT NULL,
	silent    BOOLEAN NOT NULL
);
CREATE INDEX plan_update_plan ON plan_update (plan);

-- What was announced stays as it was announced, and when.
-- +goose StatementBegin
CREATE FUNCTION plan_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'a plan that was announced stays announced';
END $$;
-- +goose StatementEnd
CREATE TRIGGER plan_announced BEFORE UPDATE ON plan FOR EACH ROW
	WHEN (OLD.published IS NOT NULL AND NEW.published IS DISTINCT FROM OLD.published) EXECUTE FUNCTION plan_refuses();
CREATE TRIGGER plan_kept BEFORE DELETE ON plan FOR EACH ROW WHEN (OLD.published IS NOT NULL) EXECUTE FUNCTION plan_refuses();
CREATE TRIGGER plan_whole BEFORE TRUNCATE ON plan FOR EACH STATEMENT EXECUTE FUNCTION plan_refuses();
-- +goose StatementBegin
CREATE FUNCTION plan_revision_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP <> 'TRUNCATE' THEN
		IF NOT EXISTS (SELECT 1 FROM plan WHERE id = OLD.plan AND published IS NOT NULL) THEN
			RETURN coalesce(NEW, OLD);
		END IF;
	END IF;
	RAISE EXCEPTION 'revisions of a plan that was announced are only ever added to';
END $$;
-- +goose StatementEnd
CREATE TRIGGER plan_revision_kept BEFORE UPDATE OR DELETE ON plan_revision FOR EACH ROW EXECUTE FUNCTION plan_revision_refuses();
CREATE TRIGGER plan_revision_whole BEFORE TRUNCATE ON plan_revision FOR EACH STATEMENT EXECUTE FUNCTION plan_revision_refuses();
-- +goose StatementBegin
CREATE FUNCTION plan_update_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'updates of a plan are only ever added to';
END $$;
-- +goose StatementEnd
CREATE TRIGGER plan_update_kept BEFORE UPDATE OR DELETE ON plan_update FOR EACH ROW EXECUTE FUNCTION plan_update_refuses();
CREATE TRIGGER plan_update_whole BEFORE TRUNCATE ON plan_update FOR EACH STATEMENT EXECUTE FUNCTION plan_update_refuses();

-- Maintenance that recurs.
CREATE TABLE plan_series (
	id         TEXT    PRIMARY KEY,
	title      TEXT    NOT NULL,
	body       TEXT    NOT NULL,
	components TEXT    NOT NULL, -- a JSON list
	regions    TEXT    NOT NULL, -- a JSON list
	rule       TEXT    NOT NULL, -- RRULE
	zone       TEXT    NOT NULL, -- IANA name; empty: none
	started    BIGINT  NOT NULL, -- the first occurrence
	length     BIGINT  NOT NULL, -- ms
	ahead      BIGINT  NOT NULL, -- ms
	stopped    BIGINT,           -- null: it goes on
	created    BIGINT  NOT NULL,
	version    BIGINT  NOT NULL
);

-- Documents of promises, each version as it was read.
CREATE TABLE policy_version (
	policy    TEXT    NOT NULL,
	number    TEXT    NOT NULL,
	title     TEXT    NOT NULL,
	effective BIGINT  NOT NULL,
	approved  TEXT    NOT NULL, -- by whom
	digest    TEXT    NOT NULL,
	document  TEXT    NOT NULL,
	seen      BIGINT  NOT NULL,
	PRIMARY KEY (policy, number)
);
-- +goose StatementBegin
CREATE FUNCTION policy_version_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'versions of a policy are only ever added to';
END $$;
-- +goose StatementEnd
CREATE TRIGGER policy_version_kept BEFORE UPDATE OR DELETE ON policy_version FOR EACH ROW EXECUTE FUNCTION policy_version_refuses();
CREATE TRIGGER policy_version_whole BEFORE TRUNCATE ON policy_version FOR EACH STATEMENT EXECUTE FUNCTION policy_version_refuses();

CREATE TABLE evidence (
	id        TEXT    PRIMARY KEY,
	record    TEXT    NOT NULL,
	title     TEXT    NOT NULL,
	done_by   TEXT    NOT NULL,
	at        BIGINT  NOT NULL,
	expires   BIGINT, -- null: by the register's own period, or never
	url       TEXT    NOT NULL,
	note      TEXT    NOT NULL,
	shown     BOOLEAN NOT NULL, -- with its title
	added     BIGINT  NOT NULL,
	author    TEXT    NOT NULL,
	withdrawn BIGINT  -- null: it stands
);

CREATE TABLE non_compliance (
	id         TEXT    PRIMARY KEY,
	commitment TEXT    NOT NULL,
	occasion   TEXT    NOT NULL, -- of which case
	summary    TEXT    NOT NULL,
	owner      TEXT    NOT NULL,
	opened     BIGINT  NOT NULL,
	due        BIGINT,
	closed     BIGINT, -- null: it is open
	outcome    TEXT    NOT NULL,
	closed_by  TEXT    NOT NULL,
	version    BIGINT  NOT NULL
);

CREATE TABLE alert (
	id       TEXT    NOT NULL,
	started  BIGINT  NOT NULL,
	ended    BIGINT, -- null: it lasts
	subject  TEXT    NOT NULL,
	rule     TEXT    NOT NULL,
	severity TEXT    NOT NULL,
	summary  TEXT    NOT NULL,
	PRIMARY KEY (id, started)
);
CREATE INDEX alert_lasting ON alert (started) WHERE ended IS NULL;
