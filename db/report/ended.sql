-- How many requests had run ?1, and how many came to the end that was meant?
SELECT count(*) AS n, coalesce(sum(outcome IN ('ok', 'cancelled')), 0) AS ended FROM request WHERE run = ?1;
