CREATE TABLE notices.notices (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL,
    organization_id uuid,
    kind text NOT NULL,
    title text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 300),
    body text NOT NULL CHECK (char_length(body) <= 2000),
    link text,
    created_at timestamptz NOT NULL,
    read_at timestamptz
);

CREATE INDEX notices_user ON notices.notices (user_id, id DESC);
CREATE INDEX notices_unread ON notices.notices (user_id) WHERE read_at IS NULL;
CREATE INDEX notices_created ON notices.notices (created_at);

CREATE TABLE notices.alerts (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    kind text NOT NULL CHECK (kind IN ('usage', 'errors', 'quota')),
    period text NOT NULL CHECK (period IN ('hour', 'day', 'month')),
    units bigint CHECK (units > 0),
    percents integer[] NOT NULL,
    window_minutes integer NOT NULL CHECK (window_minutes BETWEEN 1 AND 1440),
    calls_min bigint NOT NULL CHECK (calls_min > 0),
    channels text[] NOT NULL CHECK (cardinality(channels) BETWEEN 1 AND 3),
    created_at timestamptz NOT NULL,
    -- Of errors: since when the share is reached. While it is, nothing more is told.
    raised_at timestamptz,
    last_at timestamptz
);

CREATE INDEX alerts_organization ON notices.alerts (organization_id, id);

-- Every crossing of a period that was told. Who inserts the row tells; whoever finds it there does not.
CREATE TABLE notices.crossings (
    alert_id uuid NOT NULL REFERENCES notices.alerts (id) ON DELETE CASCADE,
    -- Begin of the period.
    period timestamptz NOT NULL,
    level bigint NOT NULL,
    value bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (alert_id, period, level)
);

CREATE INDEX crossings_at ON notices.crossings (at);
