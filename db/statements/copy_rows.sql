-- The statement that adds what table ?1 of the file attached as "other" holds of its run ?2: to run
-- ?3 where the table hangs on runs, else what the rows of the run lean on. Rows get numbers of this
-- file; a column that one of the files lacks is left out.
SELECT printf('INSERT INTO main."%w" (%s%s) SELECT %s%s FROM other."%w" WHERE %s', ?1,
  iif(hangs, 'run, ', ''), columns, iif(hangs, ?3 || ', ', ''), columns, ?1,
  CASE ?1
    WHEN 'run' THEN 'id = ' || ?2
    WHEN 'machine' THEN 'hash = (SELECT machine FROM other.run WHERE id = ' || ?2
      || ') ON CONFLICT DO NOTHING'
    WHEN 'prompt' THEN 'digest IN (SELECT prompt FROM other.request WHERE run = ' || ?2
      || ') ON CONFLICT (digest) DO UPDATE SET text = coalesce(text, excluded.text)'
    ELSE 'run = ' || ?2 || ' ORDER BY rowid'
  END)
FROM (
  SELECT group_concat(iif(ours.name IN ('id', 'run'), NULL, '"' || ours.name || '"'), ', ') AS columns,
    max(ours.name = 'run') AS hangs
  FROM pragma_table_info(?1, 'main') AS ours
  JOIN pragma_table_info(?1, 'other') AS theirs ON theirs.name = ours.name);
