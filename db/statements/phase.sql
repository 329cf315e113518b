-- A phase of run ?1; given again it replaces. Parameters: README.md
INSERT INTO phase (run, number, label, kind, arrivals, t_started, t_ended, asked_rate,
  achieved_rate, dropped, start_lag_p99_ns, client_cpu)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
ON CONFLICT (run, number) DO UPDATE SET label = excluded.label, kind = excluded.kind,
  arrivals = excluded.arrivals, t_started = excluded.t_started, t_ended = excluded.t_ended,
  asked_rate = excluded.asked_rate, achieved_rate = excluded.achieved_rate,
  dropped = excluded.dropped, start_lag_p99_ns = excluded.start_lag_p99_ns,
  client_cpu = excluded.client_cpu;
