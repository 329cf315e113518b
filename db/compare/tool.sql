-- Which tool's numbers are in run ?1? Nothing where bench measured it.
SELECT substr(s.metric, 1, instr(s.metric, '.') - 1) AS tool
FROM run_summary AS s JOIN runs ON runs.run = s.run
WHERE s.run = ?1 AND runs.imported = 1 AND instr(s.metric, '.') > 0
LIMIT 1;
