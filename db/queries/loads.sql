-- What was asked of each load of the last run, and what came of it inside its window?
WITH load AS (
  SELECT run, phase, label, arrivals, seconds, asked_rate, achieved_rate, start_lag_p99_ms, client_cpu,
    started_ms AS from_ms, started_ms + seconds * 1000 AS to_ms
  FROM phases
  WHERE run = coalesce(?1, (SELECT max(run) FROM runs))
),
mine AS MATERIALIZED (
  SELECT load.phase, load.from_ms, load.to_ms, m.request, m.phase_kind, m.outcome, m.start_ms,
    m.start_ms + coalesce(m.end_ms, load.to_ms - m.start_ms) AS ended_ms,
    coalesce(m.output_tokens, m.token_events) AS tokens
  FROM load
  JOIN request_metrics AS m ON m.run = load.run AND m.phase = load.phase
),
counted AS (
  SELECT phase,
    sum(phase_kind = 'measure') AS requests,
    sum(phase_kind = 'measure' AND outcome = 'ok') AS ok,
    sum(phase_kind = 'measure' AND outcome NOT IN ('ok', 'cancelled', 'dropped', 'incomplete')) AS failed,
    sum(phase_kind = 'measure' AND outcome = 'dropped') AS dropped,
    sum(phase_kind = 'measure' AND outcome = 'incomplete') AS incomplete
  FROM mine
  GROUP BY phase
),
-- Completed: of answers that ended ok inside the window. Delivered: every token that came inside it.
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
step AS (
  SELECT phase, from_ms, to_ms, start_ms AS at_ms, 1 AS step FROM mine WHERE start_ms IS NOT NULL
  UNION ALL
  SELECT phase, from_ms, to_ms, ended_ms, -1 FROM mine WHERE start_ms IS NOT NULL
),
running AS (
  SELECT phase, from_ms, to_ms, at_ms,
    sum(step) OVER (PARTITION BY phase ORDER BY at_ms, step ROWS UNBOUNDED PRECEDING) AS in_flight
  FROM step
),
peak AS (
  SELECT phase, max(in_flight) AS most FROM running WHERE at_ms BETWEEN from_ms AND to_ms GROUP BY phase
)
SELECT load.phase, load.label, load.arrivals, round(load.seconds, 3) AS seconds,
  round(load.asked_rate, 4) AS asked_rate, round(load.achieved_rate, 4) AS achieved_rate,
  round(load.start_lag_p99_ms, 3) AS start_lag_p99_ms,
  coalesce(requests, 0) AS requests, coalesce(ok, 0) AS ok, coalesce(failed, 0) AS failed,
  coalesce(dropped, 0) AS dropped, coalesce(incomplete, 0) AS incomplete,
  round(busy_ms / nullif(load.to_ms - load.from_ms, 0), 3) AS mean_in_flight,
  most AS peak_in_flight,
  round(answers / nullif(load.seconds, 0), 3) AS answers_per_s,
  round(completed / nullif(load.seconds, 0), 3) AS completed_tps,
  round(delivered / nullif(load.seconds, 0), 3) AS delivered_tps
FROM load
LEFT JOIN counted ON counted.phase = load.phase
LEFT JOIN inside ON inside.phase = load.phase
LEFT JOIN peak ON peak.phase = load.phase
ORDER BY load.phase;
