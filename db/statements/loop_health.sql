-- How well the generator itself did; given again it replaces. Parameters: README.md
INSERT INTO loop_health (run, turns, p50_ns, p99_ns, max_ns, cpu_ns, waiting_ns, wall_ns, late,
  dropped, stamps, rss_bytes, priority)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
ON CONFLICT (run) DO UPDATE SET turns = excluded.turns, p50_ns = excluded.p50_ns,
  p99_ns = excluded.p99_ns, max_ns = excluded.max_ns, cpu_ns = excluded.cpu_ns,
  waiting_ns = excluded.waiting_ns, wall_ns = excluded.wall_ns, late = excluded.late,
  dropped = excluded.dropped, stamps = excluded.stamps, rss_bytes = excluded.rss_bytes,
  priority = excluded.priority;
