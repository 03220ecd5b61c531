-- The keys that protect cookies and forms, each sealed by the key ring: every process of an installation reads the same
-- ones, and a restart loses none.
CREATE SCHEMA portal;

CREATE TABLE portal.protection_keys (
    name text PRIMARY KEY,
    xml text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
