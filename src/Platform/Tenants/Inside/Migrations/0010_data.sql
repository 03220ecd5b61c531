-- Deletion is planned before it is done; what is deleted leaves a row without anything in it, because books name its id.
ALTER TABLE tenants.organizations
    ADD COLUMN delete_at timestamptz,
    ADD COLUMN deleted_at timestamptz,
    ADD CHECK (delete_at IS NULL OR deleted_at IS NULL);

-- Whether its keys and tokens are refused, for whatever reason.
ALTER TABLE tenants.organizations
    ADD COLUMN shut boolean NOT NULL
        GENERATED ALWAYS AS (suspended_at IS NOT NULL OR delete_at IS NOT NULL OR deleted_at IS NOT NULL) STORED;

ALTER TABLE tenants.users
    ADD COLUMN delete_at timestamptz,
    ADD COLUMN deleted_at timestamptz,
    ADD CHECK (delete_at IS NULL OR deleted_at IS NULL);

DROP TRIGGER users_version ON tenants.users;
CREATE TRIGGER users_version
    BEFORE UPDATE OF email, email_verified_at, password_hash, name, time_zone, totp_secret, platform_role, suspended_at,
        suspended_why, delete_at
    ON tenants.users FOR EACH ROW EXECUTE FUNCTION tenants.next_version();

-- What an organization, or a person, takes along of its data.
CREATE TABLE tenants.exports (
    id uuid PRIMARY KEY,
    organization_id uuid REFERENCES tenants.organizations (id),
    user_id uuid REFERENCES tenants.users (id) ON DELETE CASCADE,
    -- Whom to tell when it is ready; null where no person asked.
    asked_by uuid REFERENCES tenants.users (id),
    state text NOT NULL CHECK (state IN ('waiting', 'ready', 'failed')),
    why text,
    bytes bigint,
    created_at timestamptz NOT NULL,
    ready_at timestamptz,
    expires_at timestamptz NOT NULL,
    CHECK ((organization_id IS NULL) <> (user_id IS NULL))
);

CREATE INDEX exports_organization ON tenants.exports (organization_id, id DESC);
CREATE INDEX exports_user ON tenants.exports (user_id, id DESC);
CREATE INDEX exports_expiry ON tenants.exports (expires_at);

CREATE TABLE tenants.export_parts (
    export_id uuid NOT NULL REFERENCES tenants.exports (id) ON DELETE CASCADE,
    number integer NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (export_id, number)
);

-- It is compressed already.
ALTER TABLE tenants.export_parts ALTER COLUMN bytes SET STORAGE EXTERNAL;
