-- Run ?1 ended with status ?2 at ?3 (wall ns; ?7 as text), ?4 ns after its start; the machine slept
-- ?5 ns and its wall clock was moved by ?6 ns meanwhile.
UPDATE run SET status = ?2, ended_at_ns = ?3, ended_at = ?7, duration_ns = ?4, alive_ns = ?4,
  suspended_ns = ?5, clock_set_ns = ?6
WHERE id = ?1;
