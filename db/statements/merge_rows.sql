-- The statement that adds the rows of table ?1 of part ?3 (run ?4 of the file attached as "other")
-- to run ?2. Requests get their number in the whole. A backend is the one of its name; a part that
-- knows one more adds it. What each part says once (a warning about a backend, a note, a metric that
-- the script declares) is said once of the whole; a warning about a request alone is that request's.
WITH names (request, backend) AS (VALUES (
  '(SELECT o.number FROM temp.part_request AS o WHERE o.part = ' || ?3 || ' AND o.seq = t.seq)',
  '(SELECT b.number FROM other.backend AS o JOIN main.backend AS b ON b.name = o.name AND b.run = '
    || ?2 || ' WHERE o.run = t.run AND o.number = t.backend)'))
SELECT 'INSERT INTO main."' || ?1 || '" (run, ' || group_concat('"' || ours.name || '"', ', ')
  || ') SELECT ' || ?2 || ', ' || group_concat(CASE
      WHEN ours.name = 'seq' THEN names.request
      WHEN ours.name = 'backend' THEN names.backend
      WHEN ?1 = 'backend' AND ours.name = 'number'
        THEN '(SELECT coalesce(max(number), 0) FROM main.backend WHERE run = ' || ?2
          || ') + row_number() OVER (ORDER BY t.number)'
      ELSE 't."' || ours.name || '"' END, ', ')
  || ' FROM other."' || ?1 || '" AS t WHERE t.run = ' || ?4 || CASE ?1
      WHEN 'backend' THEN ' AND NOT EXISTS (SELECT 1 FROM main.backend AS b WHERE b.run = ' || ?2
        || ' AND b.name = t.name)'
      WHEN 'warning' THEN ' AND ((t.backend IS NULL AND t.seq IS NOT NULL) OR NOT EXISTS (SELECT 1'
        || ' FROM main.warning AS w WHERE w.run = ' || ?2 || ' AND w.code = t.code AND w.backend IS '
        || names.backend || '))'
      WHEN 'own_metric' THEN ' AND NOT EXISTS (SELECT 1 FROM main.own_metric AS m WHERE m.run = ' || ?2
        || ' AND m.name = t.name)'
      WHEN 'note' THEN ' AND NOT EXISTS (SELECT 1 FROM main.note AS n WHERE n.run = ' || ?2
        || ' AND n.key = t.key AND n.value IS t.value)'
      ELSE '' END
  || ' ORDER BY t.rowid'
FROM names, pragma_table_info(?1, 'main') AS ours
JOIN pragma_table_info(?1, 'other') AS theirs ON theirs.name = ours.name
WHERE ours.name NOT IN ('id', 'run');
