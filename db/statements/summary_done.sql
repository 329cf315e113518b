-- The summary of run ?1 is complete: what was measured is counted once and for all, and how much the client had to do
-- while any request was in flight.
UPDATE run SET summarised = 1,
  (requests, ok, failed, streams, event_rate) = (
    SELECT count(*) FILTER (WHERE phase_kind = 'measure'),
      count(*) FILTER (WHERE phase_kind = 'measure' AND outcome = 'ok'),
      count(*) FILTER (WHERE outcome NOT IN ('ok', 'cancelled') AND phase_kind = 'measure'),
      sum(span) * 1.0 / nullif(max(t_end) - min(t_start) FILTER (WHERE span IS NOT NULL), 0),
      sum(events) FILTER (WHERE span IS NOT NULL) * 1e9
        / nullif(max(t_end) - min(t_start) FILTER (WHERE span IS NOT NULL), 0)
    FROM (
      SELECT phase_kind, outcome, events, t_start,
        CASE WHEN outcome <> 'dropped' THEN t_end END AS t_end,
        CASE WHEN outcome <> 'dropped' THEN t_end - t_start END AS span
      FROM request WHERE run = ?1))
WHERE id = ?1;
