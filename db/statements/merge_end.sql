-- Run ?1 holds all that its ?2 workers kept. Where nobody waits for its end any more, it ended when
-- the last of them did.
UPDATE run SET workers = ?2,
  duration_ns = CASE WHEN status = 'running' THEN duration_ns ELSE alive_ns END,
  ended_at_ns = CASE WHEN status = 'running' THEN ended_at_ns ELSE started_at_ns + alive_ns END,
  ended_at = CASE WHEN status = 'running' THEN ended_at ELSE
    strftime('%Y-%m-%dT%H:%M:%S', (started_at_ns + alive_ns) / 1000000000, 'unixepoch')
      || printf('.%03dZ', (started_at_ns + alive_ns) / 1000000 % 1000) END
WHERE id = ?1;
