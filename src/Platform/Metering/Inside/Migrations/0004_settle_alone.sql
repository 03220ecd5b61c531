-- As before, but nobody folds the same journal meanwhile: a settling whose process was killed goes on in the database
-- while a takeover folds, and what it then found spent had no row in quotas to be counted in.
CREATE OR REPLACE FUNCTION metering.settle(a_journal uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM metering.journals j WHERE j.id = a_journal FOR NO KEY UPDATE;
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

-- As before, but what was handed and is neither known to the process nor unspent is forgotten: a soft quota's records
-- spend from a lease whose return never arrived, and what they spent was handed out once more.
-- Grants a slice of a quota. At most a quarter of what is left, so that several processes share it, but never less
-- than a_least: the last slices are as small as a call and the limit is reached exactly. a_known is what the process
-- believes to have been handed: what was handed beyond that in an answer that never arrived is handed out now.
CREATE OR REPLACE FUNCTION metering.lease(
    a_journal uuid, a_subject uuid, a_scope smallint, a_period date, a_limit bigint, a_least bigint, a_wanted bigint,
    a_known bigint, a_turn bigint, OUT granted bigint, OUT unleased bigint, OUT held_elsewhere bigint)
LANGUAGE plpgsql AS $$
DECLARE
    v_state text;
    v_left bigint;
    v_lost bigint;
    v_turn bigint;
    v_recalled timestamptz;
BEGIN
    -- The key share lock lets the pump go on and waits for a closing: a closed journal gets no lease any more.
    SELECT j.state INTO v_state FROM metering.journals j WHERE j.id = a_journal FOR KEY SHARE;
    IF NOT FOUND THEN
        INSERT INTO metering.journals (id) VALUES (a_journal) ON CONFLICT DO NOTHING;
        SELECT j.state INTO v_state FROM metering.journals j WHERE j.id = a_journal FOR KEY SHARE;
    END IF;
    IF v_state <> 'live' THEN
        RAISE EXCEPTION 'journal % is closed', a_journal USING ERRCODE = 'SL001';
    END IF;

    PERFORM metering.settle_lease(a_journal, a_subject, a_scope, a_period);
    SELECT a_limit - q.leased, q.recalled_at INTO v_left, v_recalled FROM metering.quotas q
        WHERE q.subject = a_subject AND q.scope = a_scope AND q.period = a_period;

    SELECT LEAST(l.handed - a_known, l.granted - l.spent), l.turn INTO v_lost, v_turn FROM metering.leases l
        WHERE l.subject = a_subject AND l.scope = a_scope AND l.period = a_period AND l.journal = a_journal;
    IF v_turn >= a_turn THEN
        RAISE EXCEPTION 'the process has gone on since it asked' USING ERRCODE = 'SL002';
    END IF;
    v_lost := GREATEST(0, COALESCE(v_lost, 0));
    UPDATE metering.leases l SET turn = a_turn, handed = a_known + v_lost
        WHERE l.subject = a_subject AND l.scope = a_scope AND l.period = a_period AND l.journal = a_journal;

    granted := 0;
    IF v_lost < a_least AND v_left + v_lost >= a_least THEN
        a_least := a_least - v_lost;
        granted := LEAST(v_left, GREATEST(a_least, LEAST(a_wanted, v_left / 4 + 1)));
        UPDATE metering.quotas q SET leased = q.leased + granted, ceiling = a_limit
            WHERE q.subject = a_subject AND q.scope = a_scope AND q.period = a_period;
        INSERT INTO metering.leases AS l (subject, scope, period, journal, granted, handed, turn)
            VALUES (a_subject, a_scope, a_period, a_journal, lease.granted, a_known + v_lost + lease.granted, a_turn)
            ON CONFLICT (subject, scope, period, journal) DO UPDATE
            SET granted = l.granted + excluded.granted, handed = excluded.handed;
    END IF;

    unleased := GREATEST(0, v_left - granted);
    granted := CASE WHEN v_lost + granted >= a_least THEN v_lost + granted ELSE 0 END;
    SELECT COALESCE(sum(l.granted - l.spent), 0) INTO held_elsewhere FROM metering.leases l
        WHERE l.subject = a_subject AND l.scope = a_scope AND l.period = a_period
            AND l.journal <> a_journal AND l.granted > l.spent;

    -- A caller that is granted nothing asks again and again; the others need to hear it a few times a second only.
    IF granted = 0 AND held_elsewhere > 0
        AND (v_recalled IS NULL OR v_recalled < clock_timestamp() - interval '200 milliseconds') THEN
        UPDATE metering.quotas q SET recalled_at = clock_timestamp()
            WHERE q.subject = a_subject AND q.scope = a_scope AND q.period = a_period;
        PERFORM pg_notify('sluice_recall', concat_ws(
            ',', a_journal, a_subject, a_scope, to_char(a_period, 'YYYY-MM-DD')));
    END IF;
END $$;
