-- Alerts of somebody else's Alertmanager, as they were told of last.

-- +goose Up

-- Of each alert two messages are remembered: the newest that said that it fires,
-- and the newest that said that it is over. Which of them stands follows from
-- both, whatever came first.
CREATE TABLE received_alert (
	group_key   TEXT    NOT NULL,
	fingerprint TEXT    NOT NULL,
	labels      TEXT    NOT NULL, -- JSON
	annotations TEXT    NOT NULL, -- JSON
	received    BIGINT  NOT NULL, -- the newest message
	firing      BOOLEAN NOT NULL, -- what stands
	fired       BIGINT,           -- the newest start of those that fire; null: none was told of
	fired_told  BIGINT,           -- when that was received
	over_from   BIGINT,           -- the newest start of those that are over; null: none was told of
	over_at     BIGINT,           -- when that one ended
	over_told   BIGINT,           -- when that was received
	PRIMARY KEY (group_key, fingerprint)
);
CREATE INDEX received_alert_told ON received_alert (firing, received);
