-- Which columns of table ?1 do this file and the one attached as "other" share, numbers of runs and
-- rows aside?
SELECT group_concat('"' || ours.name || '"', ', ')
FROM pragma_table_info(?1, 'main') AS ours
JOIN pragma_table_info(?1, 'other') AS theirs ON theirs.name = ours.name
WHERE ours.name NOT IN ('id', 'run');
