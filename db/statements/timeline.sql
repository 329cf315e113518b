-- When each token event of request ?2 (seq) of run ?1 came: ?3 t ?4 n ?5 channel ?6 shared, JSON
-- arrays. Only if it says ?7 events of attempt ?8 itself (NULL: whatever it says).
REPLACE INTO timeline (request, t, n, channel, shared)
SELECT id, ?3, ?4, ?5, ?6 FROM request
WHERE run = ?1 AND seq = ?2 AND (?7 IS NULL OR events = ?7 AND attempts = ?8);
