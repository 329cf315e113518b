-- A phase of run ?1; given again it replaces. Parameters: README.md
REPLACE INTO phase (run, number, label, kind, arrivals, t_started, t_ended, asked_rate,
  achieved_rate, dropped, start_lag_p99_ns, client_cpu)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12);
