-- Which measured arrivals of the loads of run ?1 were turned away? Loads of several rounds are one, as in requests.sql,
-- and only those count that asked backend ?2: the others were another one's turn.
WITH first AS MATERIALIZED (
  SELECT later.phase, min(f.phase) AS number
  FROM phases AS later
  JOIN phases AS f ON f.run = ?1 AND f.arrivals IS later.arrivals
    AND (f.label = later.label OR f.label || ' ' = rtrim(later.label, '0123456789'))
  WHERE later.run = ?1
  GROUP BY later.phase
),
mine AS MATERIALIZED (
  SELECT DISTINCT phase FROM request_metrics WHERE run = ?1 AND backend = ?2 AND phase IS NOT NULL
)
SELECT CASE WHEN round IS NULL THEN m.phase ELSE coalesce(first.number, m.phase) END AS phase, seq
FROM request_metrics AS m
LEFT JOIN first ON first.phase = m.phase
WHERE m.run = ?1 AND outcome = 'dropped' AND phase_kind = 'measure' AND (round IS NULL OR m.phase IN mine)
ORDER BY seq;
