-- Run ?1 has declared itself: ?2 scenario ?3 options (JSON) ?4 summary ?5 expect (JSON) ?6
-- simulated
UPDATE run SET scenario = coalesce(?2, scenario), options = ?3, summary = ?4, expect = ?5,
  simulated = max(simulated, coalesce(?6, 0))
WHERE id = ?1;
