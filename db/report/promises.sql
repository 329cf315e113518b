-- What became of the promises of run ?1?
SELECT p.sentence, p.value, p.kept, p.verdict, p.label, p.phase, b.name AS backend
FROM promise AS p
LEFT JOIN backend AS b ON b.run = p.run AND b.number = p.backend
WHERE p.run = ?1
ORDER BY p.rowid;
