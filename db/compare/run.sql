-- What made run ?1, when, and on which machine?
SELECT uuid, started_at, machine, status, simulated, imported, scenario, script_hash, options, seed, bench_version, cpu, cores,
  memory, os, kernel, governor, device
FROM runs
LEFT JOIN machines USING (machine)
WHERE run = ?1;
