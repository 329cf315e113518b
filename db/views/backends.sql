-- Who was asked in each run, and what it said about itself.
DROP VIEW IF EXISTS backends;
CREATE VIEW backends AS
SELECT
  run AS run,
  CAST(name AS TEXT) AS backend,
  CAST(kind AS TEXT) AS kind,
  CAST(address AS TEXT) AS address,
  CAST(server_version AS TEXT) AS server_version,
  CAST(model AS TEXT) AS model,
  CAST(digest AS TEXT) AS digest,
  CAST(architecture AS TEXT) AS architecture,
  CAST(parameters AS BIGINT) AS parameters, -- DuckDB takes INTEGER for 32 bits
  CAST(quantization AS TEXT) AS quantization,
  CAST(bits_per_weight AS DOUBLE) AS bits_per_weight,
  CAST(context AS INTEGER) AS context,
  CAST(slots AS INTEGER) AS slots
FROM backend;
