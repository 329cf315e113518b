-- Which columns have the views that stand in the statement ?1, but for one of the name ?2?
SELECT DISTINCT c.name AS "column" FROM sqlite_schema AS v, pragma_table_info(v.name) AS c
WHERE v.type = 'view' AND instr(lower(?1), v.name) > 0 AND c.name <> ?2;
