CREATE SCHEMA audit;

CREATE TABLE audit.events (
    number bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    actor_kind text NOT NULL,
    actor_name text NOT NULL,
    actor_organization uuid,
    action text NOT NULL,
    subject text NOT NULL,
    organization uuid,
    -- Text, not jsonb: the hash is over these very characters.
    before text,
    after text,
    previous bytea NOT NULL,
    hash bytea NOT NULL
);

CREATE INDEX events_organization ON audit.events (organization, number);

-- The end of the chain. Its row lock gives the events their one order.
CREATE TABLE audit.head (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    number bigint NOT NULL,
    hash bytea NOT NULL
);

INSERT INTO audit.head (number, hash) VALUES (0, sha256(''));

CREATE FUNCTION audit.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit.events is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON audit.events
    FOR EACH ROW EXECUTE FUNCTION audit.refuse();

CREATE TRIGGER events_not_truncated BEFORE TRUNCATE ON audit.events
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
