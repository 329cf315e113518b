-- Which columns are there, in whatever view?
SELECT DISTINCT c.name AS "column" FROM sqlite_schema AS v, pragma_table_info(v.name) AS c WHERE v.type = 'view';
