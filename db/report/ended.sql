-- Had run ?1 any request, and did any come to the end that was meant?
SELECT EXISTS (SELECT 1 FROM request WHERE run = ?1) AS asked,
  EXISTS (SELECT 1 FROM request WHERE run = ?1 AND outcome IN ('ok', 'cancelled')) AS ended;
