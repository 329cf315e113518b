-- The requests of part ?1: run ?2 of the file attached as "other".
INSERT INTO temp.part_request (part, seq, at)
SELECT ?1, seq, coalesce(t_start, t_sched, 0) FROM other.request WHERE run = ?2;
