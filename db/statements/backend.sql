-- A backend of run ?1; given again it replaces. Parameters: README.md
INSERT INTO backend (run, number, name, kind, address, server_version, model, digest, architecture,
  parameters, quantization, bits_per_weight, kv_cache, context, slots, template_hash, sampling, raw,
  simulated, resolved, dns_ns, here)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
  coalesce(?19, 0), ?20, ?21, ?22)
ON CONFLICT (run, number) DO UPDATE SET name = excluded.name, kind = excluded.kind,
  address = excluded.address, server_version = excluded.server_version, model = excluded.model,
  digest = excluded.digest, architecture = excluded.architecture, parameters = excluded.parameters,
  quantization = excluded.quantization, bits_per_weight = excluded.bits_per_weight,
  kv_cache = excluded.kv_cache, context = excluded.context, slots = excluded.slots,
  template_hash = excluded.template_hash, sampling = excluded.sampling, raw = excluded.raw,
  simulated = excluded.simulated, resolved = excluded.resolved, dns_ns = excluded.dns_ns,
  here = excluded.here;
