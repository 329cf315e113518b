-- Of which scenarios are there runs?
SELECT DISTINCT scenario FROM runs ORDER BY 1;
