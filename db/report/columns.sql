-- Which columns has the view (or table) ?1?
SELECT name AS "column" FROM pragma_table_info(?1) ORDER BY cid;
