-- Organizations that are, or once were, suspended: what the data plane must know of them, by the numbers of the feed.
CREATE TABLE keys.organizations (
    organization_id uuid PRIMARY KEY,
    suspended boolean NOT NULL,
    change bigint NOT NULL UNIQUE
);
