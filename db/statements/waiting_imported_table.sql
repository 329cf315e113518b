-- Requests of an import on their way in: of a large file more than memory holds. Times are as their run has them;
-- `at` is when they began, in seconds since its start, NULL where nobody knows.
CREATE TEMP TABLE IF NOT EXISTS waiting_imported (
  seq INTEGER PRIMARY KEY,
  at REAL,
  request TEXT NOT NULL,
  moments TEXT,
  channels TEXT
);
