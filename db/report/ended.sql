-- Had run ?1 any request, and did any end ok? Did its script measure or check anything by itself?
SELECT EXISTS (SELECT 1 FROM request WHERE run = ?1) AS asked,
  EXISTS (SELECT 1 FROM request WHERE run = ?1 AND outcome = 'ok') AS ended,
  EXISTS (SELECT 1 FROM metric WHERE run = ?1) OR EXISTS (SELECT 1 FROM "check" WHERE run = ?1) AS measured;
