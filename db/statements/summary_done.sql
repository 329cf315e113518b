-- The summary of run ?1 is complete: what was measured is counted once and for all.
UPDATE run SET summarised = 1,
  (requests, ok, failed) = (
    SELECT count(*), count(*) FILTER (WHERE outcome = 'ok'),
      count(*) FILTER (WHERE outcome NOT IN ('ok', 'cancelled'))
    FROM request WHERE run = ?1 AND phase_kind = 'measure')
WHERE id = ?1;
