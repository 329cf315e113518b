-- All that is known of each request of run ?1.
SELECT * FROM request_metrics WHERE run = ?1 ORDER BY seq;
