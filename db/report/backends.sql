-- What is known of the backends of run ?1? `blob` is the file of the weights by the name that Ollama gives it, which
-- other servers may have been given, too; `rendered` is what the server made of the fixed chat.
SELECT name AS backend, number, kind, address, server_version, model, digest, architecture, parameters, quantization,
  bits_per_weight, kv_cache, context, slots, template_hash, sampling, simulated,
  CASE WHEN model GLOB 'sha256-*' THEN model
    WHEN json_valid(raw) AND json_extract(raw, '$."/api/show"') LIKE '%blobs_sha256-%'
    THEN substr(json_extract(raw, '$."/api/show"'), instr(json_extract(raw, '$."/api/show"'), 'sha256-'), 71)
  END AS blob,
  CASE WHEN json_valid(raw) THEN json_extract(raw, '$."/apply-template"') END AS rendered
FROM backend
WHERE run = ?1
ORDER BY number;
