-- The same warning (?2 code, ?3 text) for each request of run ?1 that lay between ?4 and ?5 (ns).
INSERT INTO warning (run, backend, seq, code, text)
SELECT run, backend, seq, ?2, ?3 FROM request
WHERE run = ?1 AND t_start <= ?5 AND coalesce(t_end, ?4) >= ?4;
