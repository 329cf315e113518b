-- Which views are there?
SELECT name AS view FROM sqlite_schema WHERE type = 'view' ORDER BY name;
