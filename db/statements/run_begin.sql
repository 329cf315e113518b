-- A run begins. ?1 uuid ?2 shard ?3 scenario ?4 script ?5 its path ?6 its hash ?7 options (JSON)
-- ?8 label ?9 seed ?10 command line ?11 bench version ?12 machine ?13 started (wall ns) ?14 the same
-- as text ?15 pid ?16 its start ?17 boot ?18 workers
INSERT INTO run (uuid, shard, scenario, script, script_path, script_hash, options, label, seed,
  command_line, bench_version, machine, started_at_ns, started_at, pid, pid_start, boot, workers,
  status)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, 'running');
