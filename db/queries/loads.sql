-- What was asked of each load of the last run, and what came of it inside its window?
WITH it AS MATERIALIZED (
  SELECT run, imported, iif(requests IS NULL, NULL, 0) AS none, iif(imported, NULL, 0) AS none_came FROM runs
  WHERE run = coalesce(?1, (SELECT max(run) FROM runs))
),
load AS MATERIALIZED (
  SELECT p.phase, p.label, p.arrivals, p.seconds, p.asked_rate, p.achieved_rate, p.start_lag_p99_ms,
    p.started_ms AS from_ms, p.started_ms + p.seconds * 1000 AS to_ms, it.imported, it.none, it.none_came
  FROM it
  JOIN phases AS p ON p.run = it.run
  WHERE p.kind IS NOT 'warm-up'
),
-- What has no end was in flight when the window closed; of another tool's nobody knows. (CROSS JOIN: from a request to
-- its load; from each of a thousand loads all requests of the run would be read.)
mine AS MATERIALIZED (
  SELECT load.phase, load.from_ms, load.to_ms, m.request, m.phase_kind, m.outcome, m.start_ms,
    m.start_ms + coalesce(m.end_ms, m.finish_ms, iif(load.imported, m.e2e_ms, load.to_ms - m.start_ms)) AS ended_ms,
    coalesce(m.output_tokens, m.token_events) * 1.0 AS tokens
  FROM it
  CROSS JOIN request_metrics AS m ON m.run = it.run
  CROSS JOIN load ON load.phase = m.phase
),
counted AS (
  SELECT phase,
    sum(phase_kind = 'measure') AS requests,
    sum(phase_kind = 'measure' AND outcome = 'ok') AS ok,
    sum(phase_kind = 'measure' AND outcome NOT IN ('ok', 'cancelled', 'dropped', 'incomplete')) AS failed,
    sum(phase_kind = 'measure' AND outcome = 'dropped') AS dropped,
    sum(phase_kind = 'measure' AND outcome = 'incomplete') AS incomplete,
    sum(start_ms IS NOT NULL AND ended_ms IS NULL) = 0 AS ends_are_known
  FROM mine
  GROUP BY phase
),
-- Completed: of answers that ended ok inside the window, which may be none. Delivered: every token that came inside it.
-- (A window may end with its last answer: 0.001 for what floats make of that.)
inside AS (
  SELECT phase,
    sum(CASE WHEN outcome = 'ok' AND ended_ms <= to_ms + 0.001 THEN tokens END) AS completed,
    sum(CASE WHEN outcome = 'ok' AND ended_ms <= to_ms + 0.001 THEN 1 END) AS answers,
    sum(CASE WHEN start_ms >= from_ms AND ended_ms <= to_ms + 0.001 THEN tokens
      ELSE tokens * (SELECT avg(start_ms + t_ms BETWEEN from_ms AND to_ms) FROM events
        WHERE events.request = mine.request) END) AS delivered,
    sum(min(ended_ms, to_ms) - max(start_ms, from_ms)) AS busy_ms
  FROM mine
  WHERE ended_ms >= from_ms AND start_ms <= to_ms
  GROUP BY phase
),
-- What runs when the window opens is in flight from then on.
step AS (
  SELECT phase, max(start_ms, from_ms) AS at_ms, 1 AS step FROM mine WHERE ended_ms >= from_ms AND start_ms <= to_ms
  UNION ALL
  SELECT phase, ended_ms, -1 FROM mine WHERE ended_ms >= from_ms AND start_ms <= to_ms
),
running AS (
  SELECT phase, sum(step) OVER (PARTITION BY phase ORDER BY at_ms, step ROWS UNBOUNDED PRECEDING) AS in_flight
  FROM step
),
peak AS (
  SELECT phase, max(in_flight) AS most FROM running GROUP BY phase
)
SELECT load.phase, load.label, load.arrivals, round(load.seconds, 3) AS seconds,
  round(load.asked_rate, 4) AS asked_rate, round(load.achieved_rate, 4) AS achieved_rate,
  round(load.start_lag_p99_ms, 3) AS start_lag_p99_ms,
  coalesce(requests, none) AS requests, coalesce(ok, none) AS ok, coalesce(failed, none) AS failed,
  coalesce(dropped, none) AS dropped, coalesce(incomplete, none) AS incomplete,
  iif(ends_are_known, round(busy_ms / nullif(load.to_ms - load.from_ms, 0), 3), NULL) AS mean_in_flight,
  iif(ends_are_known, most, NULL) AS peak_in_flight,
  round(coalesce(answers, none_came) / nullif(load.seconds, 0), 3) AS answers_per_s,
  round(iif(answers IS NULL, none_came, completed) / nullif(load.seconds, 0), 3) AS completed_tps,
  iif(ends_are_known, round(delivered / nullif(load.seconds, 0), 3), NULL) AS delivered_tps
FROM load
LEFT JOIN counted ON counted.phase = load.phase
LEFT JOIN inside ON inside.phase = load.phase
LEFT JOIN peak ON peak.phase = load.phase
ORDER BY load.phase;
