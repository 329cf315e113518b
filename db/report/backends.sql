-- What is known of the backends of run ?1? `blob` is the file of the weights by the name that Ollama gives it, which
-- other servers may have been given, too; null where an adapter lies over it. `path` is where llama-server has that file,
-- `rendered` what the server made of the fixed chat, `adapters` and `drafts` what it answered about adapters and slots.
-- `props` and `own` are what it does unless told, null where it made no texts. `changed` is what was said of a change
-- while it was measured, `root` is what vLLM read its weights from, `remote` where an Ollama has its model run, and
-- `on_gpu` how much of it that Ollama had in the memory of a GPU (0 to 1).
-- Whether a server was simulated no other tool's file says.
WITH described AS (
  SELECT *, CASE WHEN json_valid(raw) THEN raw END AS answers FROM backend WHERE run = ?1
),
answered AS (
  SELECT *, json_extract(answers, '$."/api/show"') AS show, json_extract(answers, '$."/props"') AS props,
    json_extract(answers, '$."/v1/models"') AS models, json_extract(answers, '$."/api/ps"') AS loaded
  FROM described
),
shown AS (
  SELECT *, answers IS NOT NULL AND EXISTS (SELECT 1 FROM request AS r WHERE r.run = ?1 AND r.backend = answered.number
      AND r.call IN ('chat', 'complete')) AS made_texts,
    CASE WHEN json_valid(props) THEN CAST(json_extract(props, '$.model_path') AS TEXT) END AS path,
    CASE WHEN json_valid(show) THEN CAST(json_extract(show, '$.remote_host') AS TEXT) END AS remote
  FROM answered
)
SELECT name AS backend, number, kind, address, server_version, model, digest, architecture, parameters, quantization,
  bits_per_weight, kv_cache, context, slots, template_hash, sampling, here, round_trip_ns,
  CASE WHEN NOT (SELECT imported FROM run WHERE id = ?1) THEN simulated END AS simulated,
  CASE WHEN model GLOB 'sha256-*' THEN model
    WHEN path GLOB '*blobs?sha256-*' THEN substr(path, instr(path, 'sha256-'), 71)
    WHEN show GLOB '*blobs?sha256-*' AND instr(show, 'ADAPTER ') = 0
      THEN substr(show, instr(show, 'sha256-'), 71) END AS blob,
  path, (SELECT machine FROM run WHERE id = ?1) AS machine,
  json_extract(answers, '$."/apply-template"') AS rendered, json_extract(answers, '$."/lora-adapters"') AS adapters,
  json_extract(answers, '$."/slots"') AS drafts, CASE WHEN made_texts THEN props END AS props,
  CASE WHEN made_texts AND json_valid(show) AND remote IS NULL
    THEN coalesce(json_extract(show, '$.parameters'), '') END AS own,
  (SELECT text FROM warning WHERE run = ?1 AND backend = shown.number AND code = 'changed' LIMIT 1) AS changed,
  (SELECT CAST(json_extract(value, '$.root') AS TEXT)
    FROM json_each(CASE WHEN json_valid(models) THEN models END, '$.data')
    WHERE CASE WHEN type = 'object' THEN json_extract(value, '$.id') = model END LIMIT 1) AS root,
  remote,
  (SELECT max(0.0, min(1.0, 1.0 * on_gpu / size))
    FROM (SELECT json_extract(value, '$.size_vram') AS on_gpu, json_extract(value, '$.size') AS size
      FROM json_each(CASE WHEN json_valid(loaded) THEN loaded END, '$.models')
      WHERE CASE WHEN type = 'object' THEN json_extract(value, '$.digest') = digest END LIMIT 1)
    WHERE typeof(on_gpu) = 'integer' AND typeof(size) = 'integer' AND size > 0) AS on_gpu
FROM shown
ORDER BY number;
