-- What a browser was asked to answer: once, within minutes. The browser holds the text that this is the hash of.
CREATE TABLE tenants.challenges (
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    purpose text NOT NULL,
    -- Whose answer it has to be, where that is known before it comes.
    user_id uuid REFERENCES tenants.users (id) ON DELETE CASCADE,
    -- What the answer is judged by.
    state text NOT NULL CHECK (char_length(state) <= 4000),
    expires_at timestamptz NOT NULL
);

CREATE INDEX challenges_expiry ON tenants.challenges (expires_at);
CREATE INDEX challenges_user ON tenants.challenges (user_id);

CREATE TABLE tenants.passkeys (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES tenants.users (id) ON DELETE CASCADE,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    credential_id bytea NOT NULL UNIQUE CHECK (octet_length(credential_id) BETWEEN 1 AND 1023),
    -- COSE, as the authenticator gave it.
    public_key bytea NOT NULL CHECK (octet_length(public_key) BETWEEN 1 AND 2048),
    -- Of the last signature; one that is not higher comes from a copy. Zero where the authenticator does not count.
    sign_count bigint NOT NULL CHECK (sign_count >= 0),
    transports text[] NOT NULL,
    is_backup_eligible boolean NOT NULL,
    is_backed_up boolean NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz
);

CREATE INDEX passkeys_user ON tenants.passkeys (user_id, id);
