-- Every token event of every request: seq counts from 1, t_ms from t0, tokens as far as the server
-- told (else 1), channel is content, reasoning or tool.
DROP VIEW IF EXISTS events;
CREATE VIEW events AS
SELECT
  CAST(request.run AS INTEGER) AS run,
  CAST(request.id AS INTEGER) AS request,
  CAST(e.key + 1 AS INTEGER) AS seq,
  CAST(e.value / 1e3 AS REAL) AS t_ms,
  CAST(CASE WHEN timeline.n IS NULL THEN 1
    ELSE json_extract(timeline.n, '$[' || e.key || ']') END AS INTEGER) AS tokens,
  CAST(CASE json_extract(timeline.channel, '$[' || e.key || ']')
    WHEN 1 THEN 'reasoning' WHEN 2 THEN 'tool' ELSE 'content' END AS TEXT) AS channel
FROM request
JOIN timeline ON timeline.request = request.id
JOIN json_each(timeline.t) AS e;
