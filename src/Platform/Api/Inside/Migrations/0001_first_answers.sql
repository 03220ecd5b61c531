CREATE SCHEMA api;

-- What a creation answered the first time, for whoever repeats it under the same Idempotency-Key. Written in the
-- transaction of the creation: there is neither without the other.
CREATE TABLE api.first_answers (
    actor text NOT NULL,
    key text NOT NULL,
    -- SHA-256 over method, path, query and body: another request under the same key is a fault of the client.
    fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
    created_at timestamptz NOT NULL,
    status smallint,
    content_type text,
    location text,
    -- Sealed with the key ring: the answer to the creation of a key holds its text.
    body text,
    PRIMARY KEY (actor, key)
);

CREATE INDEX first_answers_age ON api.first_answers (created_at);
