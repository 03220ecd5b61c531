-- The keys that sign access tokens. The private half is sealed with the installation's key ring, which the database does not
-- hold: who can write here cannot make a key that opens.
CREATE TABLE tenants.signing_keys (
    id text PRIMARY KEY,
    created_at timestamptz NOT NULL,
    signs_from timestamptz NOT NULL UNIQUE,
    withdrawn_at timestamptz,
    sealed text NOT NULL
);

-- What a person let a program have: access tokens, one after the other, until it ends. It ends with what it came from.
CREATE TABLE tenants.grants (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES tenants.users (id) ON DELETE CASCADE,
    session_id uuid REFERENCES tenants.sessions (id) ON DELETE CASCADE,
    token_id uuid REFERENCES tenants.tokens (id) ON DELETE CASCADE,
    -- Permissions that it was narrowed to; null: was not.
    scopes text[],
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ip_prefix text NOT NULL,
    agent text NOT NULL,
    refreshes integer NOT NULL DEFAULT 0,
    revoked_at timestamptz,
    revoked_why text,
    CHECK ((session_id IS NULL) <> (token_id IS NULL))
);

CREATE INDEX grants_user ON tenants.grants (user_id, created_at);
CREATE INDEX grants_session ON tenants.grants (session_id);
CREATE INDEX grants_token ON tenants.grants (token_id);
CREATE INDEX grants_expiry ON tenants.grants (expires_at);

-- A used one stays as long as its grant, so that its second use is told from an invention.
CREATE TABLE tenants.refresh_tokens (
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    grant_id uuid NOT NULL REFERENCES tenants.grants (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    -- The one that came after it, sealed, until that one is used.
    successor text
);

CREATE INDEX refresh_tokens_grant ON tenants.refresh_tokens (grant_id);

-- How an outside issuer calls a person: its address, and its subject there.
CREATE TABLE IF NOT EXISTS tenants.logins (
    provider text NOT NULL CHECK (char_length(provider) BETWEEN 1 AND 500),
    subject text NOT NULL CHECK (char_length(subject) BETWEEN 1 AND 255),
    user_id uuid NOT NULL REFERENCES tenants.users (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (provider, subject)
);

CREATE INDEX IF NOT EXISTS logins_user ON tenants.logins (user_id);
