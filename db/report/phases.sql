-- Which phases had run ?1 in which it measured? ?2 is one of them, or null for all.
SELECT * FROM phases WHERE run = ?1 AND (?2 IS NULL OR phase = ?2) AND kind IS NOT 'warm-up' ORDER BY phase;
