-- How many requests has run ?1?
SELECT count(*) AS n FROM main.request WHERE run = ?1;
