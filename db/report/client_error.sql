-- What the newest calibration of its machine says about a run (?1), from the entry nearest in load (of one
-- of its workers): how far its arrival times may be off. One row; without a calibration only what the run itself did.
WITH busy AS NOT MATERIALIZED (
  SELECT sum(t_end - t_start) * 1.0 / nullif(max(t_end) - min(t_start), 0) AS streams,
    sum(events) * 1e9 / nullif(max(t_end) - min(t_start), 0) AS event_rate
  FROM request WHERE run = ?1 AND t_end IS NOT NULL AND outcome <> 'dropped'),
load AS (
  SELECT run.machine, health.stamps, coalesce(run.workers, 1) AS workers,
    -- a run that still goes on has not counted them
    max(1.0, coalesce(run.streams, (SELECT streams FROM busy), 1)) AS streams,
    coalesce(run.event_rate, (SELECT event_rate FROM busy)) AS event_rate
  FROM run
  LEFT JOIN loop_health AS health ON health.run = run.id
  WHERE run.id = ?1)
SELECT load.streams AS run_streams, load.event_rate AS run_event_rate,
  load.workers, found.streams,
  found.error_p50_ns / 1e6 AS p50_ms, found.error_p99_ns / 1e6 AS p99_ms,
  found.lag_p99_ns / 1e6 AS lag_p99_ms, found.event_rate AS most_events,
  date(found.at_ns / 1000000000, 'unixepoch') AS day
FROM load
LEFT JOIN calibration AS found ON found.machine = load.machine AND found.stamps = load.stamps
  AND found.at_ns = (SELECT max(at_ns) FROM calibration AS newest
    WHERE newest.machine = load.machine AND newest.stamps = load.stamps)
ORDER BY max(found.streams * load.workers / load.streams,
  load.streams / load.workers / found.streams)
LIMIT 1;
