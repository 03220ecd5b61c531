-- Until when what an organization asked to be sent counts as asked: each time one step later, at most a minute ahead. Rows
-- that lie in the past count no more, and are dropped.
CREATE TABLE notices.asked (
    organization_id uuid PRIMARY KEY,
    until timestamptz NOT NULL
);
