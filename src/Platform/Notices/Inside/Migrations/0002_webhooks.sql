-- An address to which an organization has its events sent.
CREATE TABLE notices.webhooks (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    url text NOT NULL CHECK (char_length(url) BETWEEN 8 AND 2000),
    types text[] NOT NULL CHECK (cardinality(types) BETWEEN 1 AND 100),
    description text NOT NULL CHECK (char_length(description) <= 200),
    created_at timestamptz NOT NULL,
    disabled_at timestamptz,
    disabled_why text,
    -- The first failure since the last success.
    failing_since timestamptz,
    -- Counts changes by members, for If-Match.
    version bigint NOT NULL DEFAULT 1
);

CREATE INDEX webhooks_organization ON notices.webhooks (organization_id, id);

CREATE TABLE notices.webhook_secrets (
    id uuid PRIMARY KEY,
    webhook_id uuid NOT NULL REFERENCES notices.webhooks (id) ON DELETE CASCADE,
    sealed text NOT NULL,
    hint text NOT NULL,
    created_at timestamptz NOT NULL,
    -- Null: signs until another takes its place.
    expires_at timestamptz
);

CREATE INDEX webhook_secrets_webhook ON notices.webhook_secrets (webhook_id);

-- What happened. The body is sent to the byte as it stands here, so that a repeat is the same.
CREATE TABLE notices.events (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    type text NOT NULL,
    body text NOT NULL CHECK (octet_length(body) <= 262144),
    created_at timestamptz NOT NULL
);

CREATE INDEX events_created ON notices.events (created_at);

CREATE TABLE notices.deliveries (
    id uuid PRIMARY KEY,
    webhook_id uuid NOT NULL REFERENCES notices.webhooks (id) ON DELETE CASCADE,
    event_id uuid NOT NULL REFERENCES notices.events (id) ON DELETE CASCADE,
    state text NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
    -- Also the fence: who ends an attempt names its number.
    attempts integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    claimed_until timestamptz,
    finished_at timestamptz,
    status integer,
    error text
);

CREATE INDEX deliveries_due ON notices.deliveries (due_at) WHERE state = 'waiting';
CREATE INDEX deliveries_webhook ON notices.deliveries (webhook_id, id DESC);
CREATE INDEX deliveries_event ON notices.deliveries (event_id);

CREATE TABLE notices.delivery_tries (
    delivery_id uuid NOT NULL REFERENCES notices.deliveries (id) ON DELETE CASCADE,
    number integer NOT NULL,
    at timestamptz NOT NULL,
    url text NOT NULL,
    status integer,
    answer text,
    error text,
    duration_ms bigint NOT NULL,
    PRIMARY KEY (delivery_id, number)
);
