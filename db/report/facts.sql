-- What do the rules and the advice of a page need to know of how run ?1 was made? What is not so is null. That it
-- listens to tokens only its text says; a word in a comment costs a sentence of advice.
SELECT id AS run,
  CASE WHEN json_valid(options) THEN json_extract(options, '$.times') END AS times,
  CASE WHEN EXISTS (SELECT 1 FROM phase WHERE run = r.id) THEN 1 END AS has_loads,
  CASE WHEN EXISTS (SELECT 1 FROM backend -- no text in JSON has bare quotes
    WHERE run = r.id AND instr(sampling, '"cache":"bypass"') > 0) THEN 1 END AS bypass,
  CASE WHEN instr(script, 'on_token') > 0 THEN 1 END AS listens
FROM run AS r
WHERE id = ?1;
