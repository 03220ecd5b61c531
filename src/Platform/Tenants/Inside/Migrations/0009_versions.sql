-- What an ETag is made of: it grows with every change of what is shown, whoever makes it.
ALTER TABLE tenants.organizations ADD COLUMN version bigint NOT NULL DEFAULT 1;
ALTER TABLE tenants.members ADD COLUMN version bigint NOT NULL DEFAULT 1;
ALTER TABLE tenants.users ADD COLUMN version bigint NOT NULL DEFAULT 1;

CREATE FUNCTION tenants.next_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END $$;

CREATE TRIGGER organizations_version BEFORE UPDATE ON tenants.organizations
    FOR EACH ROW EXECUTE FUNCTION tenants.next_version();
CREATE TRIGGER members_version BEFORE UPDATE ON tenants.members
    FOR EACH ROW EXECUTE FUNCTION tenants.next_version();
-- Not by signing in: a code's step is nothing that is shown.
CREATE TRIGGER users_version
    BEFORE UPDATE OF email, email_verified_at, password_hash, name, time_zone, totp_secret, platform_role, suspended_at,
        suspended_why
    ON tenants.users FOR EACH ROW EXECUTE FUNCTION tenants.next_version();
