-- The highest number of a run, as text.
SELECT CAST(coalesce(max(id), 0) AS TEXT) FROM run;
