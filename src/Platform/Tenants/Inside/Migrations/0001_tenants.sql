CREATE SCHEMA tenants;

CREATE TABLE tenants.organizations (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    created_at timestamptz NOT NULL
);

CREATE UNIQUE INDEX organizations_name ON tenants.organizations (lower(name));

CREATE TABLE tenants.tokens (
    id uuid PRIMARY KEY,
    -- Null: an operator's token.
    organization_id uuid REFERENCES tenants.organizations (id),
    name text NOT NULL,
    hint text NOT NULL,
    hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz
);

CREATE INDEX tokens_organization ON tenants.tokens (organization_id) WHERE revoked_at IS NULL;
