-- The phases of part run ?2 of the file attached as "other" for run ?1. Where the workers met at
-- the end of a load each has the figures of the whole; where they did not, kind is "part", and the
-- figures of the parts are put together: where one of them knows no end, nobody knows when the load
-- ended, nor what came of it.
INSERT INTO main.phase (run, number, label, kind, arrivals, t_started, t_ended, asked_rate,
  achieved_rate, dropped, start_lag_p99_ns, client_cpu)
SELECT ?1, number, label, kind, arrivals, t_started, t_ended, asked_rate, achieved_rate, dropped,
  start_lag_p99_ns, client_cpu
FROM other.phase WHERE run = ?2
ON CONFLICT (run, number) DO UPDATE SET
  kind = excluded.kind,
  t_started = CASE WHEN excluded.kind = 'part'
    THEN coalesce(min(t_started, excluded.t_started), t_started, excluded.t_started)
    ELSE excluded.t_started END,
  t_ended = CASE WHEN excluded.kind = 'part'
    THEN max(t_ended, excluded.t_ended)
    ELSE excluded.t_ended END,
  asked_rate = coalesce(excluded.asked_rate, asked_rate),
  achieved_rate = CASE WHEN excluded.kind = 'part'
    THEN achieved_rate + excluded.achieved_rate
    ELSE excluded.achieved_rate END,
  dropped = CASE WHEN excluded.kind = 'part'
    THEN dropped + excluded.dropped
    ELSE excluded.dropped END,
  start_lag_p99_ns = CASE WHEN excluded.kind = 'part'
    THEN coalesce(max(start_lag_p99_ns, excluded.start_lag_p99_ns), start_lag_p99_ns,
      excluded.start_lag_p99_ns)
    ELSE excluded.start_lag_p99_ns END,
  client_cpu = CASE WHEN excluded.kind = 'part'
    THEN coalesce(max(client_cpu, excluded.client_cpu), client_cpu, excluded.client_cpu)
    ELSE excluded.client_cpu END
WHERE phase.kind = 'part';
