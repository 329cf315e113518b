-- Which servers, models and quantisations were ever measured, and when first and last?
SELECT b.kind, b.server_version, b.model, b.quantization, b.parameters, b.context,
  substr(b.digest, 1, 12) AS digest,
  count(DISTINCT b.run) AS runs, -- one run may ask a model under two names
  min(r.started_at) AS first_seen,
  max(r.started_at) AS last_seen
FROM backends AS b
JOIN runs AS r ON r.run = b.run
GROUP BY b.kind, b.server_version, b.model, b.quantization, b.parameters, b.context, b.digest
ORDER BY last_seen DESC;
