-- Every token event of every request: seq counts from 1, t_ms from t0, tokens as far as the server
-- told (else 1), channel is content, reasoning or tool. Of an imported run it is token where the
-- tool does not say of which channel, and chunk where it does not even say whether a token was in it.
DROP VIEW IF EXISTS events;
-- tokens and channel are looked up again for each event: read beside the event, their whole list goes with it into
-- whatever sorts or groups the events, 16 kB for each token of an answer of 8,000.
CREATE VIEW events AS
SELECT
  e.run AS run,
  e.id AS request,
  CAST(e.seq AS INTEGER) AS seq,
  CAST(e.t_us / 1e3 AS DOUBLE) AS t_ms,
  CAST(coalesce(e.tokens, 1) AS INTEGER) AS tokens,
  CAST(CASE e.channel WHEN 1 THEN 'reasoning' WHEN 2 THEN 'tool' WHEN 3 THEN 'token'
      WHEN 4 THEN 'chunk' ELSE 'content' END AS TEXT)
    AS channel
FROM (
  SELECT request.run, request.id, CAST(item.key AS INTEGER) + 1 AS seq,
    CAST(item.value AS INTEGER) AS t_us,
    (SELECT json_extract(own.n, '$[' || item.key || ']') FROM timeline AS own
      WHERE own.request = request.id) AS tokens,
    (SELECT json_extract(own.channel, '$[' || item.key || ']') FROM timeline AS own
      WHERE own.request = request.id) AS channel
  FROM request
  JOIN timeline ON timeline.request = request.id
  CROSS JOIN json_each(timeline.t) AS item
) AS e;
