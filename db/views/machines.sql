-- The machines on which runs were made; memory in bytes.
DROP VIEW IF EXISTS machines;
CREATE VIEW machines AS
SELECT
  CAST(hash AS TEXT) AS machine,
  CAST(cpu AS TEXT) AS cpu,
  CAST(cores AS INTEGER) AS cores,
  CAST(memory AS BIGINT) AS memory, -- DuckDB takes INTEGER for 32 bits
  CAST(os AS TEXT) AS os,
  CAST(kernel AS TEXT) AS kernel,
  CAST(governor AS TEXT) AS governor,
  CAST(device AS TEXT) AS device
FROM machine;
