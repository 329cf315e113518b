-- What the machine of run ?1 measured of servers against themselves, as far as it is not known here.
INSERT INTO main.noise_floor (machine, at_ns, backend, metric, rounds, floor)
SELECT theirs.machine, theirs.at_ns, theirs.backend, theirs.metric, theirs.rounds, theirs.floor
FROM other.noise_floor AS theirs
WHERE theirs.machine = (SELECT machine FROM main.run WHERE id = ?1)
  AND NOT EXISTS (SELECT 1 FROM main.noise_floor AS ours WHERE ours.machine = theirs.machine
    AND ours.at_ns = theirs.at_ns AND ours.metric = theirs.metric);
