-- Had run ?1 any request, and did any end ok?
SELECT EXISTS (SELECT 1 FROM request WHERE run = ?1) AS asked,
  EXISTS (SELECT 1 FROM request WHERE run = ?1 AND outcome = 'ok') AS ended;
