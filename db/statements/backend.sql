-- A backend of run ?1; given again it replaces. Parameters: README.md
REPLACE INTO backend (run, number, name, kind, address, server_version, model, digest, architecture,
  parameters, quantization, bits_per_weight, kv_cache, context, slots, template_hash, sampling, raw,
  simulated, resolved, dns_ns, here, round_trip_ns)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
  coalesce(?19, 0), ?20, ?21, ?22, ?23);
