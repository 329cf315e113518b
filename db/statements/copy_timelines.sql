-- The token events of run ?2 of the file attached as "other", for the requests of run ?1.
INSERT INTO main.timeline (request, t, n, channel, shared)
SELECT ours.id, timeline.t, timeline.n, timeline.channel, timeline.shared
FROM other.request AS theirs
JOIN other.timeline AS timeline ON timeline.request = theirs.id
JOIN main.request AS ours ON ours.run = ?1 AND ours.seq = theirs.seq
WHERE theirs.run = ?2;
