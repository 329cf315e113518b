-- Which is the newest run of scenario ?1?
SELECT run FROM runs WHERE scenario = ?1 ORDER BY run DESC LIMIT 1;
