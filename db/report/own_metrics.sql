-- Which metrics of its own has run ?1, each in the unit that came first?
SELECT name, unit FROM (SELECT name, unit, min(t_ms) FROM measurements WHERE run = ?1 GROUP BY name);
