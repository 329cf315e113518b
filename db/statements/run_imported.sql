-- A run that another program made. ?1 uuid ?2 scenario (the program) ?3 label (the file) ?4 options
-- (JSON: what the program was told) ?5 bench version ?6 started (wall ns) ?7 the same as text
-- ?8 duration (ns) ?9 ended as text
INSERT INTO run (uuid, scenario, label, options, bench_version, imported, status, started_at_ns,
  started_at, duration_ns, alive_ns, ended_at, ended_at_ns, pid, pid_start, boot, summarised)
VALUES (?1, ?2, ?3, ?4, ?5, 1, 'done', ?6, ?7, ?8, coalesce(?8, 0), ?9, ?6 + ?8, 0, 0, '', 1);
