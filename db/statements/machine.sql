-- The machine ?1 (hash) with its facts ?2 (a JSON object).
INSERT INTO machine (hash, facts, cpu, cores, memory, os, kernel, governor, device, curl, sqlite,
  lua)
VALUES (?1, ?2, json_extract(?2, '$.cpu'), json_extract(?2, '$.cores'),
  json_extract(?2, '$.memory'), json_extract(?2, '$.os'), json_extract(?2, '$.kernel'),
  json_extract(?2, '$.governor'), json_extract(?2, '$.device'), json_extract(?2, '$.curl'),
  json_extract(?2, '$.sqlite'), json_extract(?2, '$.lua'))
ON CONFLICT (hash) DO NOTHING;
