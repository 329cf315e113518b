-- Forget the machines on which nothing is kept any more.
DELETE FROM machine
WHERE NOT EXISTS (SELECT 1 FROM run WHERE run.machine = machine.hash)
  AND NOT EXISTS (SELECT 1 FROM calibration WHERE calibration.machine = machine.hash)
  AND NOT EXISTS (SELECT 1 FROM noise_floor WHERE noise_floor.machine = machine.hash);
