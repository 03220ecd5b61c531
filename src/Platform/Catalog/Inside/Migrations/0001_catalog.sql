CREATE SCHEMA IF NOT EXISTS catalog;

CREATE TABLE catalog.service_versions (
    name text NOT NULL CHECK (name ~ '^[a-z0-9-]{2,40}$'),
    version integer NOT NULL CHECK (version > 0),
    enabled boolean NOT NULL,
    protocol text NOT NULL,
    -- The shape of the definition, so that a later reader knows an older row.
    format smallint NOT NULL,
    definition jsonb NOT NULL,
    published_at timestamptz NOT NULL,
    published_by text NOT NULL,
    PRIMARY KEY (name, version)
);

CREATE TABLE catalog.services (
    name text PRIMARY KEY,
    version integer NOT NULL,
    FOREIGN KEY (name, version) REFERENCES catalog.service_versions (name, version)
);

CREATE TABLE catalog.plan_versions (
    name text NOT NULL CHECK (name ~ '^[a-z0-9-]{2,40}$'),
    version integer NOT NULL CHECK (version > 0),
    format smallint NOT NULL,
    definition jsonb NOT NULL,
    published_at timestamptz NOT NULL,
    published_by text NOT NULL,
    PRIMARY KEY (name, version)
);

CREATE TABLE catalog.plans (
    name text PRIMARY KEY,
    version integer NOT NULL,
    FOREIGN KEY (name, version) REFERENCES catalog.plan_versions (name, version)
);

-- The plan is a name: an organization follows the plan's current version. The version says what it was then, 0 for
-- the built-in default plan.
CREATE TABLE catalog.assignments (
    organization uuid PRIMARY KEY,
    plan text NOT NULL,
    plan_version integer NOT NULL,
    assigned_at timestamptz NOT NULL,
    assigned_by text NOT NULL
);

-- One row, locked by every writer until its commit: revisions rise in the order of commits.
CREATE TABLE catalog.revision (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    number bigint NOT NULL
);
INSERT INTO catalog.revision (number) VALUES (0);

CREATE FUNCTION catalog.refuse_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A published version is never edited or removed: publish the next one.'
        USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER service_versions_stay BEFORE UPDATE OR DELETE ON catalog.service_versions
    FOR EACH ROW EXECUTE FUNCTION catalog.refuse_edit();
CREATE TRIGGER service_versions_stay_all BEFORE TRUNCATE ON catalog.service_versions
    FOR EACH STATEMENT EXECUTE FUNCTION catalog.refuse_edit();
CREATE TRIGGER plan_versions_stay BEFORE UPDATE OR DELETE ON catalog.plan_versions
    FOR EACH ROW EXECUTE FUNCTION catalog.refuse_edit();
CREATE TRIGGER plan_versions_stay_all BEFORE TRUNCATE ON catalog.plan_versions
    FOR EACH STATEMENT EXECUTE FUNCTION catalog.refuse_edit();
