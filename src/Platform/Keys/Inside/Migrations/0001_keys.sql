CREATE SCHEMA keys;

-- The number of the last change. Its row lock, taken by the last statement of every writing transaction, makes the
-- numbers rise in the order of the commits: who sees a number sees all before it.
CREATE TABLE keys.feed (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    number bigint NOT NULL
);

INSERT INTO keys.feed (number) VALUES (0);

CREATE FUNCTION keys.tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('sluice_keys', NEW.number::text);
    RETURN NULL;
END
$$;

CREATE TRIGGER feed_told AFTER UPDATE ON keys.feed FOR EACH ROW EXECUTE FUNCTION keys.tell();

-- What an organization holds, so that a limit is checked without counting.
CREATE TABLE keys.counts (
    organization_id uuid PRIMARY KEY,
    apps integer NOT NULL DEFAULT 0 CHECK (apps >= 0),
    keys integer NOT NULL DEFAULT 0 CHECK (keys >= 0)
);

CREATE TABLE keys.apps (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES keys.counts (organization_id),
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    rules jsonb NOT NULL,
    requests_per_second integer,
    units_per_second bigint,
    daily_units bigint,
    monthly_units bigint,
    soft boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    -- The number of the last change of this row.
    change bigint NOT NULL UNIQUE
);

CREATE UNIQUE INDEX apps_name ON keys.apps (organization_id, lower(name));
CREATE INDEX apps_organization ON keys.apps (organization_id, id);

CREATE TABLE keys.keys (
    id uuid PRIMARY KEY,
    app_id uuid NOT NULL REFERENCES keys.apps (id),
    organization_id uuid NOT NULL,
    -- 0 secret, 1 publishable.
    kind smallint NOT NULL CHECK (kind IN (0, 1)),
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    hint text NOT NULL,
    hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    requests_per_second integer,
    units_per_second bigint,
    daily_units bigint,
    monthly_units bigint,
    soft boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    -- Whether the key takes one of the places that the plan gives; a rotated key hands its place on.
    counted boolean NOT NULL DEFAULT true,
    successor_id uuid REFERENCES keys.keys (id),
    change bigint NOT NULL UNIQUE
);

CREATE INDEX keys_app ON keys.keys (app_id, id);
CREATE INDEX keys_publishable ON keys.keys (app_id) WHERE kind = 1 AND revoked_at IS NULL;
CREATE INDEX keys_expiring ON keys.keys (organization_id, expires_at) WHERE counted AND expires_at IS NOT NULL;
CREATE INDEX keys_successor ON keys.keys (successor_id) WHERE successor_id IS NOT NULL;
