-- What minutes and hours become when they are old: minutes are dropped, because the hours hold the same; hours move
-- into days. A day has rows here only for hours that moved, and rows in hours for those that did not: the sum of both
-- is the day's at any moment.
CREATE TABLE metering.days (LIKE metering.hours INCLUDING ALL);

-- From when on a grain is kept whole. Written before the first row is dropped, so that who reads rows first and this
-- afterwards never takes a part for the whole.
CREATE TABLE metering.kept (
    grain     text PRIMARY KEY CHECK (grain IN ('minutes', 'hours')),
    kept_from timestamptz NOT NULL
);

-- As before, for all leases of a journal at once: soft quotas never lease, so every fold that spends from them settles
-- them. Locks are taken in the order of the quotas' keys, as everywhere.
CREATE OR REPLACE FUNCTION metering.settle(a_journal uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO metering.quotas (subject, scope, period)
        SELECT l.subject, l.scope, l.period FROM metering.leases l
        WHERE l.journal = a_journal AND l.granted <> l.spent AND l.spent > l.granted
        ORDER BY 1, 2, 3
        ON CONFLICT DO NOTHING;
    PERFORM 1 FROM metering.quotas q
        WHERE (q.subject, q.scope, q.period) IN (
            SELECT l.subject, l.scope, l.period FROM metering.leases l
            WHERE l.journal = a_journal AND l.granted <> l.spent AND l.spent > l.granted)
        ORDER BY q.subject, q.scope, q.period
        FOR UPDATE;
    -- Read again under the quotas' locks: whoever settled one of them meanwhile has left nothing of it.
    WITH over AS (
        SELECT l.subject, l.scope, l.period, l.spent - l.granted AS units FROM metering.leases l
        WHERE l.journal = a_journal AND l.granted <> l.spent AND l.spent > l.granted
        ORDER BY 1, 2, 3
        FOR UPDATE
    ), settled AS (
        UPDATE metering.leases l SET granted = l.spent FROM over o
        WHERE l.journal = a_journal AND l.subject = o.subject AND l.scope = o.scope AND l.period = o.period
        RETURNING l.subject, l.scope, l.period, o.units
    )
    UPDATE metering.quotas q
        SET leased = q.leased + s.units, ceiling = GREATEST(q.ceiling, q.leased + s.units)
        FROM settled s WHERE q.subject = s.subject AND q.scope = s.scope AND q.period = s.period;
END $$;
