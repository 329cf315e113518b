-- Which tables of this file and of the one attached as "other" hang on a run?
SELECT tables.name
FROM main.sqlite_master AS tables
WHERE tables.type = 'table'
  AND EXISTS (SELECT 1 FROM pragma_table_info(tables.name, 'main') AS ours WHERE ours.name = 'run')
  AND EXISTS (SELECT 1 FROM pragma_table_info(tables.name, 'other') AS theirs
    WHERE theirs.name = 'run')
ORDER BY tables.name;
