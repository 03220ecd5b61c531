CREATE SCHEMA jobs;

-- One row a fact and subscriber; deleted once handled.
CREATE TABLE jobs.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fact text NOT NULL,
    subscriber text NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    last_error text,
    -- Set when the attempts are used up: kept to be seen, not tried again.
    given_up_at timestamptz
);

CREATE INDEX outbox_due ON jobs.outbox (due_at, id) WHERE given_up_at IS NULL;
