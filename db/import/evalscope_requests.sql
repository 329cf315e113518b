-- The requests of an evalscope database attached as "other", in the order of their starts.
SELECT * FROM other.result ORDER BY start_time;
