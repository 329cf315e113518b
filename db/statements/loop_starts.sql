-- Into the loop_health of run ?1: how many requests began late by our own fault, how many arrivals
-- were turned away.
UPDATE loop_health SET
  late = (SELECT count(*) FROM request WHERE run = ?1 AND ',' || flags || ',' LIKE '%,late,%'),
  dropped = (SELECT count(*) FROM request WHERE run = ?1 AND outcome = 'dropped')
WHERE run = ?1;
