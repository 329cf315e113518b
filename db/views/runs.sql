-- One line per run. requests, ok, failed count what was measured; failed is neither ok nor
-- cancelled; null where another tool's file said nothing of its requests.
DROP VIEW IF EXISTS runs;
-- DuckDB reads views with its own parser: only functions that it has, too, else all is text.
CREATE VIEW runs AS
SELECT
  run.id AS run,
  CAST(run.uuid AS TEXT) AS uuid,
  CAST(run.scenario AS TEXT) AS scenario,
  CAST(run.script_hash AS TEXT) AS script_hash,
  CAST(run.started_at AS TEXT) AS started_at,
  CAST(run.ended_at AS TEXT) AS ended_at,
  CAST(run.duration_ns / 1e9 AS DOUBLE) AS duration_s,
  CAST(run.status AS TEXT) AS status,
  CAST(run.bench_version AS TEXT) AS bench_version,
  CAST(CASE WHEN run.simulated = 1 OR EXISTS (SELECT 1 FROM backend
    WHERE backend.run = run.id AND backend.simulated = 1) THEN 1 ELSE 0 END AS INTEGER)
    AS simulated,
  CAST(run.imported AS INTEGER) AS imported,
  CAST(run.label AS TEXT) AS label,
  CAST(run.seed AS BIGINT) AS seed, -- DuckDB takes INTEGER for 32 bits
  CAST(run.options AS TEXT) AS options,
  CAST(run.machine AS TEXT) AS machine,
  CAST(CASE WHEN run.has_requests THEN coalesce(run.requests, (SELECT count(request.id) FROM request
    WHERE request.run = run.id AND request.phase_kind = 'measure')) END AS INTEGER) AS requests,
  CAST(CASE WHEN run.has_requests THEN coalesce(run.ok, (SELECT count(request.id) FROM request
    WHERE request.run = run.id AND request.phase_kind = 'measure'
      AND request.outcome = 'ok')) END AS INTEGER) AS ok,
  CAST(CASE WHEN run.has_requests THEN coalesce(run.failed, (SELECT count(request.id) FROM request
    WHERE request.run = run.id AND request.phase_kind = 'measure'
      AND request.outcome NOT IN ('ok', 'cancelled'))) END AS INTEGER) AS failed
FROM (
  SELECT run.*, run.imported = 0 OR EXISTS (SELECT 1 FROM request WHERE request.run = run.id)
    AS has_requests
  FROM run
) AS run;
