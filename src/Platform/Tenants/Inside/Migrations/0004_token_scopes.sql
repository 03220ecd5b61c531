-- Personal tokens have a user; bound to one organization where they have that, too.
ALTER TABLE tenants.tokens ADD COLUMN user_id uuid REFERENCES tenants.users (id) ON DELETE CASCADE;
-- Null: not narrowed. Names of permissions as on the wire.
ALTER TABLE tenants.tokens ADD COLUMN scopes text[];
-- To the minute.
ALTER TABLE tenants.tokens ADD COLUMN last_used_at timestamptz;

CREATE INDEX tokens_user ON tenants.tokens (user_id) WHERE revoked_at IS NULL;
