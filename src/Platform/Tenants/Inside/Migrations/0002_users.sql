CREATE TABLE tenants.users (
    id uuid PRIMARY KEY,
    -- In lower case, the domain in ASCII. Several accounts may name an address that none of them has proved.
    email text NOT NULL CHECK (char_length(email) BETWEEN 3 AND 254),
    -- The address once it is proved: one account has it then.
    email_key text UNIQUE CHECK (email_key = email),
    email_verified_at timestamptz CHECK ((email_verified_at IS NULL) = (email_key IS NULL)),
    -- Null: signs in in other ways only.
    password_hash text,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    time_zone text NOT NULL DEFAULT 'UTC' CHECK (char_length(time_zone) BETWEEN 1 AND 64),
    created_at timestamptz NOT NULL,
    suspended_at timestamptz,
    suspended_why text,
    -- Sealed. A secret that was not confirmed yet opens nothing.
    totp_pending text,
    totp_secret text,
    -- The step of the last code that was taken: a code is used once.
    totp_last_step bigint NOT NULL DEFAULT 0,
    platform_role text NOT NULL DEFAULT 'none' CHECK (platform_role IN ('none', 'viewer', 'operator'))
);

CREATE INDEX users_unproved ON tenants.users (email, id DESC) WHERE email_key IS NULL;
CREATE INDEX users_platform ON tenants.users (platform_role) WHERE platform_role <> 'none';

CREATE TABLE tenants.recovery_codes (
    user_id uuid NOT NULL REFERENCES tenants.users (id) ON DELETE CASCADE,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    used_at timestamptz,
    PRIMARY KEY (user_id, hash)
);

-- One-time links, and tickets between the steps of a sign-in. Only the hash of what opens them is kept.
CREATE TABLE tenants.links (
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    purpose text NOT NULL,
    -- Null: the link makes the account.
    user_id uuid REFERENCES tenants.users (id) ON DELETE CASCADE,
    -- The address that it was sent to; what was proved is that one.
    email text,
    attempts integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);

CREATE INDEX links_user ON tenants.links (user_id, purpose);
CREATE INDEX links_expiry ON tenants.links (expires_at);

CREATE TABLE tenants.sessions (
    id uuid PRIMARY KEY,
    hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    user_id uuid NOT NULL REFERENCES tenants.users (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ip_prefix text NOT NULL,
    device text NOT NULL,
    -- When the person last proved who it is.
    proved_at timestamptz NOT NULL,
    revoked_at timestamptz
);

CREATE INDEX sessions_user ON tenants.sessions (user_id, last_seen_at DESC) WHERE revoked_at IS NULL;
CREATE INDEX sessions_expiry ON tenants.sessions (expires_at);

-- How often what failed, by what stands hashed in the key. Bounded: what is forgotten is deleted.
CREATE TABLE tenants.attempts (
    key bytea PRIMARY KEY CHECK (octet_length(key) = 32),
    count integer NOT NULL CHECK (count >= 0),
    at timestamptz NOT NULL,
    forgotten_at timestamptz NOT NULL
);

CREATE INDEX attempts_forgotten ON tenants.attempts (forgotten_at);
