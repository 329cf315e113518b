-- When each token event of request ?2 (seq) of run ?1 came: ?3 t ?4 n ?5 channel ?6 shared, JSON
-- arrays. Request 0 is none, and the foreign key refuses it.
REPLACE INTO timeline (request, t, n, channel, shared)
VALUES (coalesce((SELECT id FROM request WHERE run = ?1 AND seq = ?2), 0), ?3, ?4, ?5, ?6);
