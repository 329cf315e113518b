-- What is known of the backends of run ?1? `rendered` is what the server made of the fixed chat.
SELECT name AS backend, number, kind, address, server_version, model, digest, architecture, parameters, quantization,
  bits_per_weight, kv_cache, context, slots, template_hash, sampling, simulated,
  CASE WHEN json_valid(raw) THEN json_extract(raw, '$."/apply-template"') END AS rendered
FROM backend
WHERE run = ?1
ORDER BY number;
