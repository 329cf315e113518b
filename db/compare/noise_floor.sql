-- Which differences does machine ?1 measure of one server against itself? Of each backend and metric the newest; the
-- newest of all last.
SELECT metric, floor, backend, at_ns, date(at_ns / 1000000000, 'unixepoch') AS day
FROM noise_floor AS one
WHERE machine = ?1 AND at_ns = (SELECT max(at_ns) FROM noise_floor AS other
  WHERE other.machine = ?1 AND other.backend = one.backend AND other.metric = one.metric)
ORDER BY at_ns;
