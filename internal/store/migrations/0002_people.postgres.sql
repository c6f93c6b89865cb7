-- Who is told what: incidents that people run, the outbox with a row for each
-- recipient, subscribers, people who sign in, and the audit log.

-- +goose Up

-- What was there was public from the moment it was found.
ALTER TABLE incident ADD COLUMN unaffected TEXT NOT NULL DEFAULT '[]'; -- a JSON list
ALTER TABLE incident ADD COLUMN created BIGINT NOT NULL DEFAULT 0;
ALTER TABLE incident ADD COLUMN published BIGINT; -- null: a draft
ALTER TABLE incident ADD COLUMN closed BIGINT;    -- null: the review is not done
ALTER TABLE incident ADD COLUMN review TEXT NOT NULL DEFAULT '';
ALTER TABLE incident ADD COLUMN reviewed BIGINT; -- when the review was published
ALTER TABLE incident ADD COLUMN waived TEXT NOT NULL DEFAULT '';
UPDATE incident SET created = detected, published = detected;

ALTER TABLE incident_update ADD COLUMN written BIGINT NOT NULL DEFAULT 0;
ALTER TABLE incident_update ADD COLUMN next_by BIGINT; -- null: nothing is promised
ALTER TABLE incident_update ADD COLUMN author TEXT NOT NULL DEFAULT '';
ALTER TABLE incident_update ADD COLUMN silent BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE incident_update ADD COLUMN amended TEXT NOT NULL DEFAULT '[]'; -- earlier texts: a JSON list
UPDATE incident_update SET written = at;

CREATE TABLE statement (
	incident  TEXT    NOT NULL REFERENCES incident (id),
	component TEXT    NOT NULL,
	started   BIGINT NOT NULL,
	ended     BIGINT, -- null: it lasts
	state     TEXT    NOT NULL,
	PRIMARY KEY (incident, component, started)
);
CREATE INDEX statement_ended ON statement (ended);

CREATE TABLE template (
	id     TEXT PRIMARY KEY,
	name   TEXT NOT NULL,
	title  TEXT NOT NULL,
	phase  TEXT NOT NULL,
	impact TEXT NOT NULL,
	body   TEXT NOT NULL
);

CREATE TABLE notice (
	seq      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the order in which they are owed
	id       TEXT    NOT NULL UNIQUE,
	key      TEXT    NOT NULL UNIQUE, -- what the ids of its deliveries begin with
	at       BIGINT NOT NULL,
	reason   TEXT    NOT NULL,
	incident TEXT    NOT NULL,
	summary  TEXT    NOT NULL,
	content  TEXT    NOT NULL, -- JSON
	audience TEXT              -- JSON; null: not for subscribers
);
CREATE INDEX notice_incident ON notice (incident, seq);
CREATE INDEX notice_at ON notice (at);

-- The outbox, and afterwards the ledger. No index on the recipient over all of
-- it: a notice to everybody would touch a page for each of them. The rows of one
-- are found by their ids, which are made of the notice's key and the recipient.
CREATE TABLE delivery (
	seq       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the order in which they are owed
	id        TEXT    NOT NULL UNIQUE,
	notice    BIGINT NOT NULL, -- its seq
	lane      TEXT    NOT NULL,
	kind      TEXT    NOT NULL, -- of the recipient
	recipient TEXT    NOT NULL, -- kind:name
	thread    TEXT    NOT NULL, -- what keeps its order for one recipient; empty: nothing
	state     TEXT    NOT NULL, -- queued, sending, sent, accepted, bounced, dead, held
	held      TEXT    NOT NULL,
	due       BIGINT, -- queued: not before; sending: the end of the lease
	owed      BIGINT, -- since when it could have gone
	attempt   INTEGER NOT NULL, -- begun so far
	lost      INTEGER NOT NULL, -- of these, ended without a word
	unsure    BIGINT, -- the end of the first such lease
	settled   BIGINT,
	error     TEXT    NOT NULL, -- of the last attempt that failed
	reply     TEXT    NOT NULL,
	remote_id TEXT    NOT NULL,
	digest    TEXT    NOT NULL,
	told_in   TEXT    NOT NULL -- the delivery that told it
);
CREATE INDEX delivery_owed ON delivery (lane, kind, due, seq, owed) WHERE state IN ('queued', 'sending');
CREATE INDEX delivery_thread ON delivery (recipient, thread, seq) WHERE state IN ('queued', 'sending');
CREATE INDEX delivery_failed ON delivery (state, notice, seq) WHERE state IN ('bounced', 'dead', 'held');
CREATE INDEX delivery_bounced ON delivery (recipient, seq) WHERE state = 'bounced';
CREATE INDEX delivery_notice ON delivery (notice, seq);
CREATE INDEX delivery_count ON delivery (notice, state);

-- The old outbox named no recipient: the program's log was the only one. What
-- it took stays in the ledger, and what waited for it waits no longer.
INSERT INTO notice (id, key, at, reason, incident, summary, content)
	SELECT id, 'log' || seq, at, reason, incident, summary, '{}' FROM outbox ORDER BY seq;
INSERT INTO delivery (id, notice, lane, kind, recipient, thread, state, held, attempt, lost, settled, error, reply, remote_id, digest, told_in)
	SELECT n.key || '.brdd7noo6jtdmauh', n.seq, 'operators', 'channel', 'channel:log', o.incident,
		CASE o.state WHEN 'sent' THEN 'sent' ELSE 'held' END, CASE o.state WHEN 'sent' THEN '' ELSE 'channel_gone' END,
		o.attempt, 0, coalesce(o.settled, o.at), o.error, '', '', '', ''
	FROM outbox o JOIN notice n ON n.id = o.id ORDER BY o.seq;
DROP TABLE outbox;

CREATE TABLE channel_state (
	name     TEXT PRIMARY KEY,
	disabled BIGINT, -- null: it is in use
	reason   TEXT NOT NULL
);

CREATE TABLE account (
	id       TEXT    PRIMARY KEY,
	name     TEXT    NOT NULL,
	folded   TEXT    NOT NULL UNIQUE, -- the name in lower case
	role     TEXT    NOT NULL,
	password TEXT    NOT NULL, -- argon2id
	epoch    BIGINT NOT NULL,
	disabled BOOLEAN NOT NULL,
	created  BIGINT NOT NULL
);

CREATE TABLE token (
	id      TEXT    PRIMARY KEY,
	name    TEXT    NOT NULL,
	hash    TEXT    NOT NULL UNIQUE,
	role    TEXT    NOT NULL,
	owner   TEXT    NOT NULL,
	created BIGINT NOT NULL,
	expires BIGINT, -- null: never
	revoked BIGINT  -- null: in force
);

CREATE TABLE session (
	hash    TEXT    PRIMARY KEY,
	data    BYTEA    NOT NULL,
	expires BIGINT NOT NULL
);
CREATE INDEX session_expires ON session (expires);

CREATE TABLE subscriber (
	seq          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the order in which they came
	id           TEXT    NOT NULL UNIQUE,
	kind         TEXT    NOT NULL,
	address      TEXT    NOT NULL,
	folded       TEXT    NOT NULL, -- the address in lower case
	everything   BOOLEAN NOT NULL, -- of every component
	news         INTEGER NOT NULL, -- bits: 1 incidents, 2 maintenance, 4 reports
	state        TEXT    NOT NULL,
	created      BIGINT NOT NULL,
	confirmed    BIGINT,
	source       TEXT    NOT NULL,
	consent_from TEXT    NOT NULL,
	asked        BIGINT,
	bounces      INTEGER NOT NULL,
	counted_from BIGINT NOT NULL, -- bounces of deliveries up to this seq are forgotten
	reason       TEXT    NOT NULL,
	secrets      TEXT    NOT NULL, -- a JSON list, sealed
	UNIQUE (kind, folded)
);
CREATE INDEX subscriber_state ON subscriber (state, seq);

CREATE TABLE subscriber_component (
	subscriber TEXT NOT NULL,
	component  TEXT NOT NULL,
	PRIMARY KEY (subscriber, component)
);

CREATE TABLE audit (
	seq           BIGINT PRIMARY KEY, -- from 1, without a gap
	at            BIGINT NOT NULL,
	actor_kind    TEXT    NOT NULL,
	actor_id      TEXT    NOT NULL,
	actor_name    TEXT    NOT NULL,
	actor_role    TEXT    NOT NULL,
	actor_address TEXT    NOT NULL,
	action        TEXT    NOT NULL,
	object        TEXT    NOT NULL,
	detail        TEXT    NOT NULL,
	prev          TEXT    NOT NULL, -- hash of the entry before
	hash          TEXT    NOT NULL
);
-- +goose StatementBegin
CREATE FUNCTION audit_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'the audit log is only ever added to';
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_kept BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuses();
CREATE TRIGGER audit_whole BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses();

-- What was done under a key of the client's.
CREATE TABLE once (
	key    TEXT    PRIMARY KEY,
	digest TEXT    NOT NULL, -- of the request
	result TEXT    NOT NULL,
	at     BIGINT NOT NULL
);
CREATE INDEX once_at ON once (at);
