-- The highest number of a request, as text.
SELECT CAST(coalesce(max(id), 0) AS TEXT) FROM request;
