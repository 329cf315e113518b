-- What was calibrated on the machine of run ?1, as far as it is not known here.
INSERT INTO main.calibration (machine, at_ns, streams, stamps, events, error_p50_ns, error_p99_ns,
  error_max_ns, lag_p99_ns, event_rate)
SELECT theirs.machine, theirs.at_ns, theirs.streams, theirs.stamps, theirs.events,
  theirs.error_p50_ns, theirs.error_p99_ns, theirs.error_max_ns, theirs.lag_p99_ns,
  theirs.event_rate
FROM other.calibration AS theirs
WHERE theirs.machine = (SELECT machine FROM main.run WHERE id = ?1)
  AND NOT EXISTS (SELECT 1 FROM main.calibration AS ours WHERE ours.machine = theirs.machine
    AND ours.at_ns = theirs.at_ns AND ours.streams = theirs.streams);
