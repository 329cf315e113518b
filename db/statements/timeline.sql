-- When each token event of request ?2 (seq) of run ?1 came: ?3 t ?4 n ?5 channel ?6 shared, JSON
-- arrays
INSERT INTO timeline (request, t, n, channel, shared)
SELECT id, ?3, ?4, ?5, ?6 FROM request WHERE run = ?1 AND seq = ?2
ON CONFLICT (request) DO UPDATE SET t = excluded.t, n = excluded.n, channel = excluded.channel,
  shared = excluded.shared;
