-- What workers declared, and what operators decided about it.
CREATE TABLE jobs.queues (
    name text PRIMARY KEY,
    paused_at timestamptz,
    -- The bucket of a queue with a rate: what was in it, and when.
    tokens double precision,
    refilled_at timestamptz
);

-- Jobs that wait or run. Small and busy: what has ended moves to jobs.finished, so that neither its size nor its age
-- costs a claim anything.
CREATE TABLE jobs.live (
    id uuid PRIMARY KEY,
    queue text NOT NULL,
    name text NOT NULL,
    arguments json NOT NULL,
    unique_key text,
    created_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    attempts_max integer NOT NULL,
    -- The number of the claim: raised with each, never lowered, so that a completion that names an old one is refused.
    fence bigint NOT NULL DEFAULT 0,
    running boolean NOT NULL DEFAULT false,
    worker text,
    started_at timestamptz,
    claimed_until timestamptz,
    cancel_at timestamptz,
    percent smallint,
    words text,
    failures jsonb NOT NULL DEFAULT '[]'
) WITH (
    fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
    autovacuum_analyze_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0
);

CREATE INDEX live_due ON jobs.live (queue, due_at, id) WHERE NOT running;
CREATE INDEX live_running ON jobs.live (queue) WHERE running;
CREATE UNIQUE INDEX live_key ON jobs.live (queue, unique_key) WHERE unique_key IS NOT NULL;

-- Jobs that have ended: 2 done, 3 dead, 4 cancelled.
CREATE TABLE jobs.finished (
    id uuid PRIMARY KEY,
    queue text NOT NULL,
    name text NOT NULL,
    arguments json NOT NULL,
    unique_key text,
    created_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    attempts integer NOT NULL,
    attempts_max integer NOT NULL,
    fence bigint NOT NULL,
    worker text,
    started_at timestamptz,
    finished_at timestamptz NOT NULL,
    outcome smallint NOT NULL,
    percent smallint,
    words text,
    failures jsonb NOT NULL
);

CREATE INDEX finished_undone ON jobs.finished (queue, id) WHERE outcome <> 2;
CREATE INDEX finished_key ON jobs.finished (queue, unique_key) WHERE unique_key IS NOT NULL;

CREATE VIEW jobs.every AS
    SELECT id, queue, name, running::integer AS state, unique_key, created_at, due_at, started_at, NULL::timestamptz AS finished_at,
           attempts, attempts_max, percent, words, worker, cancel_at, failures, arguments
    FROM jobs.live
    UNION ALL
    SELECT id, queue, name, outcome::integer, unique_key, created_at, due_at, started_at, finished_at,
           attempts, attempts_max, percent, words, worker, NULL, failures, arguments
    FROM jobs.finished;

-- Results of the steps of a job; they go with it.
CREATE TABLE jobs.steps (
    job_id uuid NOT NULL,
    name text NOT NULL,
    result json,
    at timestamptz NOT NULL,
    PRIMARY KEY (job_id, name)
);

CREATE TABLE jobs.schedules (
    name text PRIMARY KEY,
    queue text NOT NULL,
    job text NOT NULL,
    recurrence text NOT NULL,
    next_at timestamptz NOT NULL,
    last_at timestamptz,
    last_job uuid,
    paused_at timestamptz,
    -- When a worker declared it last.
    declared_at timestamptz NOT NULL
);

-- Claims at most so many due jobs of one queue. A queue with a rate or a bound over all processes is claimed from by one
-- process at a time: the lock on its row lasts to the commit, and what is counted afterwards is what was committed.
-- Rows are found by their place and not joined: the plan is the same whatever the statistics say.
CREATE FUNCTION jobs.claim(
    of_queue text, of_names text[], by_worker text, most integer, claim_ms integer,
    rate double precision, burst integer, everywhere integer)
RETURNS TABLE (id uuid, name text, arguments text, fence bigint, attempts integer, attempts_max integer, due_at timestamptz)
LANGUAGE plpgsql
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    queue_row jobs.queues;
    moment timestamptz := clock_timestamp();
    available double precision;
    claimed integer;
BEGIN
    IF rate IS NULL AND everywhere IS NULL THEN
        PERFORM FROM jobs.queues AS q WHERE q.name = of_queue AND q.paused_at IS NOT NULL;
        IF FOUND THEN RETURN; END IF;
    ELSE
        SELECT * INTO queue_row FROM jobs.queues AS q WHERE q.name = of_queue FOR UPDATE;
        IF NOT FOUND OR queue_row.paused_at IS NOT NULL THEN RETURN; END IF;
        moment := clock_timestamp();
        IF rate IS NOT NULL THEN
            available := jobs.tokens(queue_row, rate, burst, moment);
            most := least(most, floor(available)::integer);
        END IF;
        IF everywhere IS NOT NULL THEN
            most := least(most, everywhere - (SELECT count(*) FROM jobs.live AS l WHERE l.queue = of_queue AND l.running)::integer);
        END IF;
        IF most <= 0 THEN RETURN; END IF;
    END IF;
    RETURN QUERY
        UPDATE jobs.live AS l
        SET running = true, attempts = l.attempts + 1, fence = l.fence + 1, worker = by_worker, started_at = moment,
            claimed_until = moment + make_interval(secs => claim_ms / 1000.0)
        WHERE l.ctid = ANY (ARRAY(
            SELECT due.ctid FROM jobs.live AS due
            WHERE due.queue = of_queue AND NOT due.running AND due.due_at <= moment AND due.name = ANY (of_names)
            ORDER BY due.due_at, due.id LIMIT most FOR UPDATE SKIP LOCKED))
        RETURNING l.id, l.name, l.arguments::text, l.fence, l.attempts, l.attempts_max, l.due_at;
    GET DIAGNOSTICS claimed = ROW_COUNT;
    IF rate IS NOT NULL THEN
        UPDATE jobs.queues AS q SET tokens = available - claimed, refilled_at = moment WHERE q.name = of_queue;
    END IF;
END
$$;

-- What is in the bucket of a queue at a moment.
CREATE FUNCTION jobs.tokens(of_queue jobs.queues, rate double precision, burst integer, moment timestamptz)
RETURNS double precision
LANGUAGE sql IMMUTABLE
AS $$
    SELECT least(burst, coalesce(
        of_queue.tokens + rate * greatest(0, extract(epoch FROM moment - of_queue.refilled_at)::double precision), burst))
$$;

-- Seconds until a claim from the queue may find something: null when only news can change that.
CREATE FUNCTION jobs.wait(of_queue text, of_names text[], rate double precision, burst integer)
RETURNS double precision
LANGUAGE plpgsql
SET enable_seqscan = off
AS $$
DECLARE
    queue_row jobs.queues;
    moment timestamptz := clock_timestamp();
    due timestamptz;
    seconds double precision;
BEGIN
    SELECT * INTO queue_row FROM jobs.queues AS q WHERE q.name = of_queue;
    IF queue_row.paused_at IS NOT NULL THEN RETURN NULL; END IF;
    SELECT l.due_at INTO due FROM jobs.live AS l
        WHERE l.queue = of_queue AND NOT l.running AND l.name = ANY (of_names) ORDER BY l.due_at, l.id LIMIT 1;
    IF due IS NULL THEN RETURN NULL; END IF;
    seconds := greatest(0, extract(epoch FROM due - moment));
    IF rate IS NOT NULL THEN seconds := greatest(seconds, (1 - jobs.tokens(queue_row, rate, burst, moment)) / rate); END IF;
    RETURN seconds;
END
$$;

-- Moves jobs that are done out of the way and answers with those that were still claimed under the number given.
-- Ids come sorted, and are taken in that order, so that two statements never wait for each other.
CREATE FUNCTION jobs.complete(ids uuid[], fences bigint[], keep boolean)
RETURNS SETOF uuid
LANGUAGE plpgsql
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
BEGIN
    IF keep THEN
        RETURN QUERY
            WITH gone AS (
                DELETE FROM jobs.live AS l USING unnest(ids, fences) AS given (id, fence)
                WHERE l.id = given.id AND l.fence = given.fence AND l.running
                RETURNING l.*)
            INSERT INTO jobs.finished AS f (
                id, queue, name, arguments, unique_key, created_at, due_at, attempts, attempts_max, fence, worker, started_at,
                finished_at, outcome, percent, words, failures)
            SELECT id, queue, name, arguments, unique_key, created_at, due_at, attempts, attempts_max, fence, worker, started_at,
                   clock_timestamp(), 2, percent, words, failures
            FROM gone
            RETURNING f.id;
    ELSE
        DELETE FROM jobs.steps AS s WHERE s.job_id = ANY (ids) AND EXISTS (
            SELECT FROM unnest(ids, fences) AS given (id, fence) JOIN jobs.live AS l ON l.id = given.id AND l.fence = given.fence
            WHERE given.id = s.job_id AND l.running);
        RETURN QUERY
            DELETE FROM jobs.live AS l USING unnest(ids, fences) AS given (id, fence)
            WHERE l.id = given.id AND l.fence = given.fence AND l.running
            RETURNING l.id;
    END IF;
END
$$;

-- Ends a job that is not done: 3 dead, 4 cancelled.
CREATE FUNCTION jobs.bury(of_id uuid, of_outcome smallint, of_failures jsonb)
RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
    WITH gone AS (DELETE FROM jobs.live AS l WHERE l.id = of_id RETURNING l.*)
    INSERT INTO jobs.finished (
        id, queue, name, arguments, unique_key, created_at, due_at, attempts, attempts_max, fence, worker, started_at,
        finished_at, outcome, percent, words, failures)
    SELECT id, queue, name, arguments, unique_key, created_at, due_at, attempts, attempts_max, fence, worker, started_at,
           clock_timestamp(), of_outcome, percent, words, coalesce(of_failures, failures)
    FROM gone;
    RETURN FOUND;
END
$$;

-- The failures of a job and one more; the last twenty stay.
CREATE FUNCTION jobs.failed(failures jsonb, attempt integer, error text)
RETURNS jsonb
LANGUAGE sql VOLATILE
AS $$
    SELECT (CASE WHEN jsonb_array_length(failures) >= 20 THEN failures - 0 ELSE failures END)
        || jsonb_build_array(jsonb_build_object('attempt', attempt, 'at', clock_timestamp(), 'error', error))
$$;

-- A run under this claim failed: the job waits again, or has ended when that was its last attempt, it is hopeless, or it
-- was to be cancelled. Null when the claim is another's by now.
CREATE FUNCTION jobs.fail(of_id uuid, of_fence bigint, error text, wait double precision, hopeless boolean)
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    job jobs.live;
    more jsonb;
BEGIN
    SELECT * INTO job FROM jobs.live AS l WHERE l.id = of_id AND l.fence = of_fence AND l.running FOR UPDATE;
    IF NOT FOUND THEN RETURN NULL; END IF;
    more := jobs.failed(job.failures, job.attempts, error);
    IF job.cancel_at IS NOT NULL THEN
        PERFORM jobs.bury(of_id, 4::smallint, more);
        RETURN 4;
    END IF;
    IF hopeless OR job.attempts >= job.attempts_max THEN
        PERFORM jobs.bury(of_id, 3::smallint, more);
        RETURN 3;
    END IF;
    UPDATE jobs.live AS l
    SET running = false, claimed_until = NULL, failures = more, due_at = clock_timestamp() + make_interval(secs => wait)
    WHERE l.id = of_id;
    RETURN 0;
END
$$;

-- Takes jobs away from workers that were not heard of. What ends its process again and again waits a little longer each
-- time, and is dead in the end.
CREATE FUNCTION jobs.reap(most integer)
RETURNS TABLE (id uuid, queue text, name text, outcome integer)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    job jobs.live;
BEGIN
    FOR job IN
        SELECT * FROM jobs.live AS l WHERE l.running AND l.claimed_until < clock_timestamp()
        ORDER BY l.id LIMIT most FOR UPDATE SKIP LOCKED
    LOOP
        outcome := jobs.fail(
            job.id, job.fence, 'The worker was not heard of any more: ' || job.worker || '.',
            least(300, 2 * (job.attempts - 1)), false);
        id := job.id; queue := job.queue; name := job.name;
        RETURN NEXT;
    END LOOP;
END
$$;

CREATE INDEX outbox_dead ON jobs.outbox (id) WHERE given_up_at IS NOT NULL;
