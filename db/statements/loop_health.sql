-- How well the generator itself did. Parameters: README.md
INSERT INTO loop_health (run, turns, p50_ns, p99_ns, max_ns, cpu_ns, waiting_ns, wall_ns, stamps, rss_bytes, priority)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11);
