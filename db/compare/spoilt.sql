-- What says of run ?1 that its numbers are not those of its servers alone?
SELECT code, text
FROM warnings
WHERE run = ?1 AND request IS NULL AND code IN ('plan_not_kept', 'stopped', 'suspended', 'throttled', 'two_runs')
GROUP BY code, text
ORDER BY code, text;
