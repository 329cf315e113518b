-- What was asked of each backend of run ?1, with what part run ?2 of the file attached as "other"
-- asked besides: one JSON object, or a list of them.
UPDATE main.backend SET sampling = (
  SELECT CASE count(*) WHEN 1 THEN max(asked.value) ELSE json_group_array(json(asked.value)) END
  FROM (SELECT ours.value FROM json_each(CASE json_type(backend.sampling) WHEN 'array'
      THEN backend.sampling ELSE json_array(json(backend.sampling)) END) AS ours
    UNION SELECT more.value FROM json_each(CASE json_type(theirs.sampling) WHEN 'array'
      THEN theirs.sampling ELSE json_array(json(theirs.sampling)) END) AS more) AS asked
  WHERE asked.value IS NOT NULL)
FROM other.backend AS theirs
WHERE backend.run = ?1 AND theirs.run = ?2 AND theirs.name = backend.name
  AND theirs.sampling IS NOT backend.sampling AND theirs.sampling IS NOT NULL;
