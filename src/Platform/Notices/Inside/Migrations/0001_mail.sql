CREATE SCHEMA notices;

-- A mail that was wanted. What it says may hold a link that works once: it is sealed, and goes as soon as the mail went.
CREATE TABLE notices.mails (
    id uuid PRIMARY KEY,
    recipient text NOT NULL CHECK (char_length(recipient) BETWEEN 3 AND 320),
    template text NOT NULL,
    sealed text,
    state text NOT NULL CHECK (state IN ('waiting', 'sent', 'kept', 'failed', 'expired', 'closed')),
    -- Also the fence: who ends an attempt names its number.
    attempts integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    -- Until then the mail belongs to the process that tries it.
    claimed_until timestamptz,
    -- What it says is of no use after this.
    ends_at timestamptz,
    sent_at timestamptz,
    last_error text,
    CHECK (state IN ('waiting', 'kept') OR sealed IS NULL)
);

CREATE INDEX mails_due ON notices.mails (due_at) WHERE state = 'waiting';
CREATE INDEX mails_created ON notices.mails (created_at);
