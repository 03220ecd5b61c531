CREATE SCHEMA IF NOT EXISTS metering;

-- One row a journal: how far it is folded. The row's lock is what makes the pump exact: rollups, spent units and the
-- position move in one transaction, and only from the position at which the fold began. Rows are never deleted,
-- because a journal without a row would be folded again from its start.
CREATE TABLE metering.journals (
    id            uuid PRIMARY KEY,
    directory     text NOT NULL DEFAULT '',
    internal_url  text,
    state         text NOT NULL DEFAULT 'live' CHECK (state IN ('live', 'closed')),
    segment       int NOT NULL DEFAULT 1 CHECK (segment >= 1),
    slot          int NOT NULL DEFAULT 1 CHECK (slot >= 1),
    records       bigint NOT NULL DEFAULT 0,
    holes         bigint NOT NULL DEFAULT 0,
    registered_at timestamptz NOT NULL DEFAULT now(),
    seen_at       timestamptz NOT NULL DEFAULT now(),
    closed_at     timestamptz
);

CREATE INDEX journals_live ON metering.journals (id) WHERE state = 'live';

-- What was used, per minute and per hour. The zero uuid stands for "none": a call whose key is unknown.
CREATE TABLE metering.minutes (
    organization       uuid NOT NULL,
    start              timestamptz NOT NULL,
    app                uuid NOT NULL,
    key                uuid NOT NULL,
    service            text NOT NULL,
    method             text NOT NULL,
    status_class       smallint NOT NULL,
    cached             boolean NOT NULL,
    meter              smallint NOT NULL,
    calls              bigint NOT NULL,
    billed             bigint NOT NULL,
    units              bigint NOT NULL,
    upstream_calls     bigint NOT NULL,
    bytes_up           bigint NOT NULL,
    bytes_down         bigint NOT NULL,
    latency_micros_sum bigint NOT NULL,
    PRIMARY KEY (organization, start, app, key, service, method, status_class, cached, meter)
);

CREATE INDEX minutes_start ON metering.minutes USING brin (start);

CREATE TABLE metering.hours (LIKE metering.minutes INCLUDING ALL);

-- A quota of one subject in one period. leased is the sum of granted over its leases, always; ceiling is the limit
-- that the last grant was made under, so that the check refuses any grant beyond a limit, whoever computes it.
CREATE TABLE metering.quotas (
    subject     uuid NOT NULL,
    scope       smallint NOT NULL,
    period      date NOT NULL,
    leased      bigint NOT NULL DEFAULT 0,
    ceiling     bigint NOT NULL DEFAULT 0,
    recalled_at timestamptz,
    PRIMARY KEY (subject, scope, period),
    CHECK (leased >= 0 AND leased <= ceiling)
);

-- granted: units given to the journal's process less those given back. spent: units found in its journal by the pump.
-- handed: the same as granted, but as the process counts it, so that a grant whose answer was lost is found again.
-- Locks are taken in the order journal, quota, lease.
CREATE TABLE metering.leases (
    subject uuid NOT NULL,
    scope   smallint NOT NULL,
    period  date NOT NULL,
    journal uuid NOT NULL,
    granted bigint NOT NULL DEFAULT 0 CHECK (granted >= 0),
    spent   bigint NOT NULL DEFAULT 0 CHECK (spent >= 0),
    handed  bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (subject, scope, period, journal)
);

CREATE INDEX leases_unsettled ON metering.leases (journal) WHERE granted <> spent;
CREATE INDEX leases_period ON metering.leases (period);

-- More was recorded than granted: a quota that never leases (soft), or a stream that went beyond its hold. It was
-- used all the same, so the grant follows and the quota knows. Returns the units that were added to the lease.
CREATE FUNCTION metering.settle_lease(
    a_journal uuid, a_subject uuid, a_scope smallint, a_period date) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_over bigint;
BEGIN
    INSERT INTO metering.quotas (subject, scope, period) VALUES (a_subject, a_scope, a_period) ON CONFLICT DO NOTHING;
    PERFORM 1 FROM metering.quotas
        WHERE subject = a_subject AND scope = a_scope AND period = a_period FOR UPDATE;
    SELECT spent - granted INTO v_over FROM metering.leases
        WHERE subject = a_subject AND scope = a_scope AND period = a_period AND journal = a_journal
        FOR UPDATE;
    IF v_over IS NULL OR v_over <= 0 THEN RETURN 0; END IF;
    UPDATE metering.leases SET granted = spent
        WHERE subject = a_subject AND scope = a_scope AND period = a_period AND journal = a_journal;
    UPDATE metering.quotas SET leased = leased + v_over, ceiling = GREATEST(ceiling, leased + v_over)
        WHERE subject = a_subject AND scope = a_scope AND period = a_period;
    RETURN v_over;
END $$;

CREATE FUNCTION metering.settle(a_journal uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_lease record;
BEGIN
    FOR v_lease IN
        SELECT subject, scope, period FROM metering.leases
        WHERE journal = a_journal AND granted <> spent AND spent > granted
        ORDER BY subject, scope, period
    LOOP
        PERFORM metering.settle_lease(a_journal, v_lease.subject, v_lease.scope, v_lease.period);
    END LOOP;
END $$;

-- Grants a slice of a quota. At most a quarter of what is left, so that several processes share it, but never less
-- than a_least: the last slices are as small as a call and the limit is reached exactly. a_known is what the process
-- believes to have been handed: what was handed beyond that in an answer that never arrived is handed out now.
CREATE FUNCTION metering.lease(
    a_journal uuid, a_subject uuid, a_scope smallint, a_period date, a_limit bigint, a_least bigint, a_wanted bigint,
    a_known bigint, OUT granted bigint, OUT unleased bigint, OUT held_elsewhere bigint)
LANGUAGE plpgsql AS $$
DECLARE
    v_state text;
    v_left bigint;
    v_lost bigint;
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

    SELECT LEAST(l.handed - a_known, l.granted - l.spent) INTO v_lost FROM metering.leases l
        WHERE l.subject = a_subject AND l.scope = a_scope AND l.period = a_period AND l.journal = a_journal;
    v_lost := GREATEST(0, COALESCE(v_lost, 0));

    granted := 0;
    IF v_lost < a_least AND v_left + v_lost >= a_least THEN
        a_least := a_least - v_lost;
        granted := LEAST(v_left, GREATEST(a_least, LEAST(a_wanted, v_left / 4 + 1)));
        UPDATE metering.quotas q SET leased = q.leased + granted, ceiling = a_limit
            WHERE q.subject = a_subject AND q.scope = a_scope AND q.period = a_period;
        INSERT INTO metering.leases AS l (subject, scope, period, journal, granted, handed)
            VALUES (a_subject, a_scope, a_period, a_journal, lease.granted, a_known + v_lost + lease.granted)
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
        PERFORM pg_notify('sluice_recall', concat_ws(',', a_journal, a_subject, a_scope, a_period));
    END IF;
END $$;

-- Takes back units that were granted and not spent, until no more than a_known is handed to the process: told twice,
-- it takes once. Never more than the journal is not known to have spent.
CREATE FUNCTION metering.give_back(
    a_journal uuid, a_subject uuid, a_scope smallint, a_period date, a_known bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_units bigint;
BEGIN
    PERFORM 1 FROM metering.quotas
        WHERE subject = a_subject AND scope = a_scope AND period = a_period FOR UPDATE;
    SELECT LEAST(handed - a_known, granted - spent) INTO v_units FROM metering.leases
        WHERE subject = a_subject AND scope = a_scope AND period = a_period AND journal = a_journal
        FOR UPDATE;
    IF v_units IS NULL OR v_units <= 0 THEN RETURN 0; END IF;
    UPDATE metering.leases SET granted = granted - v_units, handed = handed - v_units
        WHERE subject = a_subject AND scope = a_scope AND period = a_period AND journal = a_journal;
    UPDATE metering.quotas SET leased = leased - v_units
        WHERE subject = a_subject AND scope = a_scope AND period = a_period;
    RETURN v_units;
END $$;

-- Closes a journal that is folded to its end and gives back what its process leased and never recorded. False when
-- the journal was folded further meanwhile: the caller then reads on.
CREATE FUNCTION metering.close(a_journal uuid, a_segment int, a_slot int) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_journal metering.journals;
    v_lease record;
    v_units bigint;
BEGIN
    SELECT * INTO v_journal FROM metering.journals WHERE id = a_journal FOR UPDATE;
    IF v_journal.state = 'closed' THEN RETURN true; END IF;
    IF (v_journal.segment, v_journal.slot) <> (a_segment, a_slot) THEN RETURN false; END IF;
    PERFORM metering.settle(a_journal);
    FOR v_lease IN
        SELECT subject, scope, period FROM metering.leases
        WHERE journal = a_journal AND granted <> spent
        ORDER BY subject, scope, period
    LOOP
        PERFORM 1 FROM metering.quotas
            WHERE subject = v_lease.subject AND scope = v_lease.scope AND period = v_lease.period FOR UPDATE;
        SELECT granted - spent INTO v_units FROM metering.leases
            WHERE subject = v_lease.subject AND scope = v_lease.scope AND period = v_lease.period
                AND journal = a_journal
            FOR UPDATE;
        UPDATE metering.leases SET granted = spent
            WHERE subject = v_lease.subject AND scope = v_lease.scope AND period = v_lease.period
                AND journal = a_journal;
        UPDATE metering.quotas SET leased = leased - v_units
            WHERE subject = v_lease.subject AND scope = v_lease.scope AND period = v_lease.period;
    END LOOP;
    UPDATE metering.journals SET state = 'closed', closed_at = now() WHERE id = a_journal;
    RETURN true;
END $$;
