-- Which run is the one ?1 before the newest?
SELECT run FROM runs ORDER BY run DESC LIMIT 1 OFFSET ?1;
