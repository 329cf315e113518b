-- How well the generator of run ?1 did is how the worst of its workers did; one of them is part run
-- ?2 of the file attached as "other".
INSERT INTO main.loop_health (run, turns, p50_ns, p99_ns, max_ns, cpu_ns, waiting_ns, wall_ns, stamps,
  rss_bytes, priority)
SELECT ?1, turns, p50_ns, p99_ns, max_ns, cpu_ns, waiting_ns, wall_ns, stamps, rss_bytes, priority
FROM other.loop_health WHERE run = ?2
ON CONFLICT (run) DO UPDATE SET
  turns = max(turns, excluded.turns), p50_ns = max(p50_ns, excluded.p50_ns),
  p99_ns = max(p99_ns, excluded.p99_ns), max_ns = max(max_ns, excluded.max_ns),
  cpu_ns = max(cpu_ns, excluded.cpu_ns), waiting_ns = max(waiting_ns, excluded.waiting_ns),
  wall_ns = max(wall_ns, excluded.wall_ns), rss_bytes = max(rss_bytes, excluded.rss_bytes),
  stamps = min(stamps, excluded.stamps), -- "clock" before "kernel"
  priority = min(priority, excluded.priority); -- "lost" before "normal" before "real-time"
