-- Run ?1 ended with status ?2 at ?3 (wall ns; ?5 as text), ?4 ns after its start.
UPDATE run SET status = ?2, ended_at_ns = ?3, ended_at = ?5, duration_ns = ?4, alive_ns = ?4
WHERE id = ?1;
