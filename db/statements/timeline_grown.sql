-- Puts what came since behind the timeline of request ?2 (seq) of run ?1, if that holds ?7 events of
-- attempt ?8: ?3 t ?4 n ?5 channel ?6 shared, each from the comma to the end of the array, NULL where
-- the array is.
UPDATE timeline SET t = rtrim(t, ']') || ?3, n = rtrim(n, ']') || ?4,
  channel = rtrim(channel, ']') || ?5, shared = rtrim(shared, ']') || ?6
WHERE request = (
  SELECT id FROM request WHERE run = ?1 AND seq = ?2 AND events = ?7 AND attempts = ?8);
