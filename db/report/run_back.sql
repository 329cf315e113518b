-- Which run of the database itself is the one ?1 before its newest?
SELECT run FROM main.runs ORDER BY run DESC LIMIT 1 OFFSET ?1;
