-- The columns of table ?1 as the file attached as ?2 has them, with the numbers of its runs ?3 and
-- of its requests ?4 higher; what it lacks is NULL, and all of it nothing where it lacks the table.
-- Where rows have no number of their own they keep their order.
SELECT CASE WHEN count(theirs.name) = 0 THEN '' ELSE group_concat(
    CASE
      WHEN theirs.name IS NULL THEN 'NULL'
      WHEN ?3 > 0 AND (ours.name = 'run' OR (?1 = 'run' AND ours.name = 'id'))
        THEN 't."' || ours.name || '" + ' || ?3
      WHEN ?4 > 0 AND ((?1 = 'request' AND ours.name = 'id')
        OR (?1 = 'timeline' AND ours.name = 'request'))
        THEN 't."' || ours.name || '" + ' || ?4
      ELSE 't."' || ours.name || '"'
    END || ' AS "' || ours.name || '"', ', ')
  || CASE WHEN max(ours.name = 'id') THEN '' ELSE ', t.rowid AS "rowid"' END END
FROM pragma_table_info(?1, 'main') AS ours
LEFT JOIN pragma_table_info(?1, ?2) AS theirs ON theirs.name = ours.name;
