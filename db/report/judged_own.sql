-- Which values of the script's own metrics has run ?1, and of whom, under which label and in which phase?
SELECT m.name, m.value, m.unit, r.backend, coalesce(m.label, r.label) AS label, r.phase
FROM measurements AS m
LEFT JOIN request_metrics AS r ON r.run = ?1 AND r.request = m.request
WHERE m.run = ?1 AND m.value IS NOT NULL AND coalesce(r.phase_kind, 'measure') = 'measure' AND r.cold_start IS NOT 1
ORDER BY r.seq;
