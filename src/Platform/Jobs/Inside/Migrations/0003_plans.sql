-- The front of the index is what is wanted, never all of it sorted: that would cost a claim as much as the queue is long,
-- and is what the planner takes while the statistics say that the table is small.
ALTER FUNCTION jobs.claim(text, text[], text, integer, integer, double precision, integer, integer) SET enable_bitmapscan = off;
ALTER FUNCTION jobs.claim(text, text[], text, integer, integer, double precision, integer, integer) SET enable_sort = off;
ALTER FUNCTION jobs.wait(text, text[], double precision, integer) SET enable_bitmapscan = off;
ALTER FUNCTION jobs.wait(text, text[], double precision, integer) SET enable_sort = off;
ALTER FUNCTION jobs.complete(uuid[], bigint[], boolean) SET enable_bitmapscan = off;
