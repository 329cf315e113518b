-- Which phases had run ?1? ?2 is one of them, or null for all.
SELECT * FROM phases WHERE run = ?1 AND (?2 IS NULL OR phase = ?2) ORDER BY phase;
