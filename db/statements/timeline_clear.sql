-- Request ?2 (seq) of run ?1 has no token events (any more: a retry begins anew).
DELETE FROM timeline
WHERE request = (SELECT id FROM request WHERE run = ?1 AND seq = ?2 AND coalesce(events, 0) = 0);
