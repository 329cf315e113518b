-- Every token event of every request: seq counts from 1, t_ms from t0, tokens as far as the server
-- told (else 1), channel is content, reasoning or tool. Of an imported run it is token where the
-- tool does not say of which channel, and chunk where it does not even say whether a token was in it.
DROP VIEW IF EXISTS events;
CREATE VIEW events AS
SELECT
  e.run AS run,
  e.id AS request,
  CAST(e.seq AS INTEGER) AS seq,
  CAST(e.t_us / 1e3 AS DOUBLE) AS t_ms,
  CAST(e.tokens AS INTEGER) AS tokens,
  CAST(CASE e.channel WHEN 1 THEN 'reasoning' WHEN 2 THEN 'tool' WHEN 3 THEN 'token'
      WHEN 4 THEN 'chunk' ELSE 'content' END AS TEXT)
    AS channel
FROM (
  SELECT request.run, request.id, CAST(item.key AS INTEGER) + 1 AS seq,
    CAST(item.value AS INTEGER) AS t_us,
    CASE WHEN timeline.n IS NULL THEN 1
      ELSE json_extract(timeline.n, '$[' || item.key || ']') END AS tokens,
    json_extract(timeline.channel, '$[' || item.key || ']') AS channel
  FROM request
  JOIN timeline ON timeline.request = request.id
  CROSS JOIN json_each(timeline.t) AS item
) AS e;
