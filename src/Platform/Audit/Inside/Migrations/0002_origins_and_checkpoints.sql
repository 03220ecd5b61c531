-- From where a change came. Events of form 1 have none, and their hash does not cover it.
ALTER TABLE audit.events
    ADD COLUMN form smallint NOT NULL DEFAULT 1,
    ADD COLUMN request_id text,
    ADD COLUMN ip_prefix text,
    ADD COLUMN agent text;

CREATE INDEX events_subject ON audit.events (subject, number);
CREATE INDEX events_actor ON audit.events (actor_name, number);

-- The private half is sealed with the installation's key ring, which the database does not hold: who can write here
-- cannot make a key that opens.
CREATE TABLE audit.signing_keys (
    id text PRIMARY KEY,
    created_at timestamptz NOT NULL,
    sealed text NOT NULL
);

CREATE TABLE audit.checkpoints (
    number bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    hash bytea NOT NULL,
    key_id text NOT NULL REFERENCES audit.signing_keys (id),
    signature bytea NOT NULL
);

CREATE TRIGGER checkpoints_append_only BEFORE UPDATE OR DELETE ON audit.checkpoints
    FOR EACH ROW EXECUTE FUNCTION audit.refuse();

CREATE TRIGGER checkpoints_not_truncated BEFORE TRUNCATE ON audit.checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
