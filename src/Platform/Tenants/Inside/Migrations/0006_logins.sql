-- What a person sees and ends by itself has an id of its own.
ALTER TABLE tenants.logins
    ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    -- How the provider calls the person, for the list: an address or a name there. It opens nothing.
    ADD COLUMN shown text CHECK (char_length(shown) BETWEEN 1 AND 254),
    ADD COLUMN used_at timestamptz;

-- States of journeys to a provider that came back: each comes back once.
CREATE TABLE tenants.journeys (
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    expires_at timestamptz NOT NULL
);

CREATE INDEX journeys_expiry ON tenants.journeys (expires_at);

-- What the first step of a sign-in was, for the trail. Null: a password.
ALTER TABLE tenants.links ADD COLUMN way text;
