-- The token events of part ?2 (run ?3 of the file attached as "other") for the requests of run ?1.
INSERT INTO main.timeline (request, t, n, channel, shared)
SELECT ours.id, timeline.t, timeline.n, timeline.channel, timeline.shared
FROM other.request AS theirs
JOIN other.timeline AS timeline ON timeline.request = theirs.id
JOIN temp.part_request AS o ON o.part = ?2 AND o.seq = theirs.seq
JOIN main.request AS ours ON ours.run = ?1 AND ours.seq = o.number
WHERE theirs.run = ?3;
