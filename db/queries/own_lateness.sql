-- How well did bench itself do in each run: late turns, CPU, waiting for a core?
SELECT run, stamps, turns,
  round(p50_ns / 1e6, 3) AS late_p50_ms,
  round(p99_ns / 1e6, 3) AS late_p99_ms,
  round(max_ns / 1e6, 3) AS late_max_ms,
  round(100.0 * cpu_ns / wall_ns, 2) AS cpu_percent,
  round(100.0 * waiting_ns / wall_ns, 2) AS waiting_percent,
  late AS late_starts, dropped,
  round(rss_bytes / 1048576.0, 1) AS memory_mib
FROM loop_health
ORDER BY run DESC;
