-- A name is what people call an organization, not what it is: two may have the same, for people who do not see each other.
DROP INDEX tenants.organizations_name;
CREATE INDEX organizations_name ON tenants.organizations (lower(name));

ALTER TABLE tenants.organizations ADD COLUMN suspended_at timestamptz;
ALTER TABLE tenants.organizations ADD COLUMN suspended_why text;

-- Whoever writes here holds the organization's row: owners are counted in peace.
CREATE TABLE tenants.members (
    organization_id uuid NOT NULL REFERENCES tenants.organizations (id),
    user_id uuid NOT NULL REFERENCES tenants.users (id),
    role text NOT NULL CHECK (role IN ('owner', 'admin', 'developer', 'billing', 'viewer')),
    since timestamptz NOT NULL,
    PRIMARY KEY (organization_id, user_id)
);

CREATE INDEX members_user ON tenants.members (user_id);

CREATE TABLE tenants.invitations (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES tenants.organizations (id),
    -- As tenants.users keeps addresses.
    email text NOT NULL CHECK (char_length(email) BETWEEN 3 AND 254),
    role text NOT NULL CHECK (role IN ('owner', 'admin', 'developer', 'billing', 'viewer')),
    -- Of the newest link; an older one opens nothing.
    hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    -- Null where no person asked: an operator's or an organization's token.
    invited_by uuid REFERENCES tenants.users (id),
    created_at timestamptz NOT NULL,
    sent_at timestamptz NOT NULL,
    sends integer NOT NULL DEFAULT 1,
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    revoked_at timestamptz
);

CREATE UNIQUE INDEX invitations_open ON tenants.invitations (organization_id, email)
    WHERE accepted_at IS NULL AND revoked_at IS NULL;
CREATE INDEX invitations_organization ON tenants.invitations (organization_id, id);
CREATE INDEX invitations_email ON tenants.invitations (email) WHERE accepted_at IS NULL AND revoked_at IS NULL;
