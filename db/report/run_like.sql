-- Which run does a word mean (a number, last, last~1, the start of a uuid; '' means any), and what made it? The same words
-- as in lib/report/run.lua. Two rows where several are meant.
SELECT coalesce(script_path, scenario || '.lua'), script, options, CAST(seed AS TEXT), id, script_path IS NULL
FROM run
WHERE ((?1 = 'last' OR ?1 GLOB 'last~[0-9]*')
    AND id = (SELECT id FROM run ORDER BY id DESC LIMIT 1 OFFSET CAST(substr(?1, 6) AS INTEGER)))
  OR CAST(id AS TEXT) = ?1
  OR (length(?1) >= 4 AND substr(uuid, 1, length(?1)) = lower(?1)
    AND NOT EXISTS (SELECT 1 FROM run WHERE CAST(id AS TEXT) = ?1))
  OR ?1 = ''
LIMIT 2;
