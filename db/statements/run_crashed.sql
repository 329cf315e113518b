-- The process of run ?1 is gone: it ended, as far as anybody knows, when it last committed.
UPDATE run SET status = 'crashed', ended_at_ns = started_at_ns + alive_ns, duration_ns = alive_ns,
  ended_at = strftime('%Y-%m-%dT%H:%M:%S', (started_at_ns + alive_ns) / 1000000000, 'unixepoch')
    || printf('.%03dZ', (started_at_ns + alive_ns) / 1000000 % 1000)
WHERE id = ?1 AND status = 'running';
