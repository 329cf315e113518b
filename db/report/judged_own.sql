-- Which values of the script's own metric ?2 has run ?1 of backend ?3, label ?4, phase ?5?
SELECT m.value, m.unit
FROM measurements AS m
LEFT JOIN request_metrics AS r ON r.run = ?1 AND r.request = m.request
WHERE m.run = ?1 AND m.name = ?2 AND m.value IS NOT NULL AND r.backend IS ?3 AND coalesce(m.label, r.label) IS ?4
  AND r.phase IS ?5 AND coalesce(r.phase_kind, 'measure') = 'measure' AND r.cold_start IS NOT 1;
