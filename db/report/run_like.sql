-- Which run does a word mean (a number, last, last~1, the start of a uuid), and what made it? The same words as in
-- lib/report/run.lua.
SELECT coalesce(script_path, scenario || '.lua'), script, options, CAST(seed AS TEXT), id, script_path IS NULL
FROM run
WHERE ((?1 = 'last' OR ?1 GLOB 'last~[0-9]*')
    AND id = (SELECT id FROM run ORDER BY id DESC LIMIT 1 OFFSET CAST(substr(?1, 6) AS INTEGER)))
  OR CAST(id AS TEXT) = ?1
  OR (length(?1) >= 4 AND substr(uuid, 1, length(?1)) = lower(?1))
ORDER BY CAST(id AS TEXT) = ?1 DESC
LIMIT 1
