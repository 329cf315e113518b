-- A run begins. ?1 uuid ?2 shard ?3 scenario ?4 the path of its script ?5 the script's hash ?6 options
-- (JSON) ?7 label ?8 seed ?9 bench version ?10 machine ?11 started (wall ns) ?12 the same as text
-- ?13 pid ?14 its start ?15 boot ?16 workers
INSERT INTO run (uuid, shard, scenario, script_path, script_hash, options, label, seed, bench_version,
  machine, started_at_ns, started_at, pid, pid_start, boot, workers, status)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, 'running');
