-- The whole schema as it is today, of which new files are made; db/migrations brings older ones here.
-- What people read are the views of db/views; these tables may change.
--
-- Times are whole nanoseconds: "t_" counts from the start of the run on the monotonic clock,
-- "_at_ns" is wall-clock time since 1970 (UTC), other "_ns" are durations. NULL is "does not
-- exist", never 0.
-- Backends and phases are numbered within their run. Rows name them, and requests (seq), by these
-- numbers without a foreign key: a row may be committed before the row that it names.

CREATE TABLE machine (
  hash TEXT PRIMARY KEY,              -- first 16 hex digits of the SHA-256 of facts
  facts TEXT NOT NULL,                -- JSON, as it was found
  cpu TEXT,
  cores INTEGER,
  memory INTEGER,                     -- bytes
  os TEXT,
  kernel TEXT,
  governor TEXT,
  device TEXT,
  curl TEXT,
  sqlite TEXT,
  lua TEXT
) STRICT;

CREATE TABLE calibration (
  id INTEGER PRIMARY KEY,
  machine TEXT NOT NULL REFERENCES machine (hash),
  at_ns INTEGER NOT NULL,                 -- the rows of one calibration share it
  streams INTEGER NOT NULL CHECK (streams > 0),
  stamps TEXT CHECK (stamps IN ('kernel', 'clock')),
  events INTEGER CHECK (events > 0),      -- how many the figures are of
  error_p50_ns INTEGER,
  error_p99_ns INTEGER,
  error_max_ns INTEGER,
  lag_p99_ns INTEGER,                     -- of the loop, meanwhile
  event_rate REAL CHECK (event_rate > 0)  -- events per second, at most
) STRICT;
CREATE INDEX calibration_machine ON calibration (machine);

-- How much two measurements of one and the same server differ here: no smaller difference is called.
CREATE TABLE noise_floor (
  id INTEGER PRIMARY KEY,
  machine TEXT NOT NULL REFERENCES machine (hash),
  at_ns INTEGER NOT NULL,                 -- the rows of one calibration share it
  backend TEXT NOT NULL,                  -- what was measured against itself: kind and model
  metric TEXT NOT NULL,                   -- as in run_summary
  rounds INTEGER NOT NULL CHECK (rounds > 1),
  floor REAL NOT NULL CHECK (floor >= 0)  -- as a share: 0.018
) STRICT;
CREATE INDEX noise_floor_machine ON noise_floor (machine);

CREATE TABLE run (
  id INTEGER PRIMARY KEY AUTOINCREMENT,   -- never given twice, also after `bench db rm`
  uuid TEXT NOT NULL,
  shard INTEGER NOT NULL DEFAULT 0 CHECK (shard >= 0),        -- 1, 2 ...: a part of a run
  workers INTEGER DEFAULT 1 CHECK (workers > 0),  -- processes that made it; NULL: their parts are
                                                  -- not taken in yet
  scenario TEXT NOT NULL,
  summary TEXT,
  expect TEXT,                            -- JSON list of sentences
  script TEXT,
  script_path TEXT,
  script_hash TEXT,
  options TEXT,                           -- JSON
  label TEXT,
  seed INTEGER,
  command_line TEXT,                      -- secrets replaced
  bench_version TEXT NOT NULL,
  machine TEXT REFERENCES machine (hash),
  simulated INTEGER NOT NULL DEFAULT 0 CHECK (simulated IN (0, 1)),
  imported INTEGER NOT NULL DEFAULT 0 CHECK (imported IN (0, 1)),
  status TEXT NOT NULL CHECK (status IN ('running', 'done', 'interrupted', 'failed', 'crashed')),
  started_at_ns INTEGER NOT NULL,
  ended_at_ns INTEGER,
  started_at TEXT NOT NULL                -- the same as text, in UTC
    CHECK (strftime('%Y-%m-%dT%H:%M:%fZ', started_at) IS started_at),
  ended_at TEXT,
  duration_ns INTEGER CHECK (duration_ns >= 0),
  alive_ns INTEGER NOT NULL DEFAULT 0 CHECK (alive_ns >= 0),  -- since the start, at the last commit
  pid INTEGER NOT NULL,                   -- with the next two: is its process still there?
  pid_start INTEGER NOT NULL,             -- clock ticks since boot
  boot TEXT NOT NULL,                     -- boot id and process namespace
  summarised INTEGER NOT NULL DEFAULT 0 CHECK (summarised IN (0, 1)),
  requests INTEGER,                       -- measured ones, counted with the summary; NULL before
  ok INTEGER,
  failed INTEGER,                         -- neither ok nor cancelled
  streams REAL,                           -- requests in flight at once on average, any that ended
  event_rate REAL,                        -- token events a second of these
  UNIQUE (uuid, shard)
) STRICT;

CREATE TABLE note (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT
) STRICT;
CREATE INDEX note_run ON note (run);

CREATE TABLE backend (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  address TEXT,
  server_version TEXT,
  model TEXT,
  digest TEXT,
  architecture TEXT,
  parameters INTEGER,
  quantization TEXT,
  bits_per_weight REAL,
  kv_cache TEXT,
  context INTEGER,
  slots INTEGER,
  template_hash TEXT,
  sampling TEXT,                          -- JSON
  raw TEXT,                               -- JSON: path -> answer as text
  simulated INTEGER NOT NULL DEFAULT 0 CHECK (simulated IN (0, 1)),
  resolved TEXT,                          -- the addresses that the name stood for
  dns_ns INTEGER CHECK (dns_ns >= 0),
  here INTEGER CHECK (here IN (0, 1)),    -- it answered on the machine that asked it
  round_trip_ns INTEGER CHECK (round_trip_ns > 0), -- the shortest to it; NULL: it is here, or behind a proxy
  PRIMARY KEY (run, number)
) STRICT;

CREATE TABLE prompt (
  digest TEXT PRIMARY KEY,
  text TEXT,                              -- NULL with --no-text
  chars INTEGER CHECK (chars >= 0)
) STRICT;

CREATE TABLE phase (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  label TEXT,
  kind TEXT,
  arrivals TEXT,
  t_started INTEGER CHECK (t_started >= 0),
  t_ended INTEGER CHECK (t_ended >= t_started),
  asked_rate REAL,
  achieved_rate REAL,
  dropped INTEGER CHECK (dropped >= 0),
  start_lag_p99_ns INTEGER CHECK (start_lag_p99_ns >= 0),
  client_cpu REAL,                        -- share of one core
  PRIMARY KEY (run, number)
) STRICT;

-- What is checked of each row costs time: the usual word first, and OR, not IN, since for a list of three
-- SQLite builds a table each time.
CREATE TABLE request (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,                   -- n-th of its run, by start
  backend INTEGER,
  phase INTEGER,
  phase_kind TEXT NOT NULL CHECK (phase_kind = 'measure' OR phase_kind = 'warm-up'
    OR phase_kind = 'drain'),
  call TEXT CHECK (call = 'chat' OR call = 'complete' OR call = 'embed' OR call = 'http'
    OR outcome = 'dropped'),
  label TEXT,
  round INTEGER,
  user INTEGER,
  prompt TEXT,
  cache TEXT CHECK (cache = 'as-is' OR cache = 'bypass'), -- as it was asked for
  not_applied TEXT,

  started_at TEXT,                        -- t_start as a time of day, in UTC; NULL: nobody knows it
  t_sched INTEGER CHECK (t_sched <= t_start),
  t_start INTEGER CHECK (t_start >= 0),
  t_attempt INTEGER CHECK (t_attempt >= t_start),
  t_dns INTEGER CHECK (t_dns >= t_start),
  t_connected INTEGER CHECK (t_connected >= t_start),
  t_tls INTEGER CHECK (t_tls >= t_start),
  t_sent INTEGER CHECK (t_sent >= t_start),
  t_headers INTEGER CHECK (t_headers >= t_start),
  t_first_byte INTEGER CHECK (t_first_byte >= t_start),
  t_first_event INTEGER CHECK (t_first_event >= t_start), -- of the answer: a role, say, no bookkeeping
  t_first_token INTEGER CHECK (t_first_token >= t_start),
  t_first_content INTEGER CHECK (t_first_content >= t_start),
  t_last_token INTEGER CHECK (t_last_token >= t_first_token),
  t_finish INTEGER CHECK (t_finish >= t_start),
  t_usage INTEGER CHECK (t_usage >= t_start),
  t_done INTEGER CHECK (t_done >= t_start),      -- the in-band end ([DONE])
  t_end INTEGER CHECK (t_end >= t_start),        -- the transport was done

  outcome TEXT NOT NULL CHECK (outcome = 'ok' OR outcome = 'running' OR outcome = 'failed'
    OR outcome = 'truncated' OR outcome = 'incomplete' OR outcome = 'empty'
    OR outcome = 'cancelled' OR outcome = 'dropped'),
  error_kind TEXT,
  error_message TEXT,
  http_status INTEGER,
  finish_reason TEXT,
  flags TEXT NOT NULL,
  attempts INTEGER CHECK (attempts >= 0),
  address TEXT,
  http_version TEXT,                      -- of the answer: 1.0, 1.1, 2
  bytes INTEGER CHECK (bytes >= 0),
  reads INTEGER CHECK (reads >= 0),
  streamed INTEGER NOT NULL CHECK (streamed BETWEEN 0 AND 1),
  stamp_source TEXT CHECK (stamp_source = 'kernel' OR stamp_source = 'mixed'
    OR stamp_source = 'clock'),
  cold_start INTEGER CHECK (cold_start BETWEEN 0 AND 1),

  lump INTEGER CHECK (lump BETWEEN 0 AND 1), -- the first token events came at once, the rest later
  packet_loss INTEGER CHECK (packet_loss BETWEEN 0 AND 1), -- the network lost packets of it, or mixed their order
  events INTEGER CHECK (events >= 0),     -- token events; NULL: another tool's that does not say
  icl_mean_ns REAL CHECK (icl_mean_ns >= 0),
  icl_max_ns INTEGER CHECK (icl_max_ns >= 0),
  prompt_tokens INTEGER,
  evaluated_tokens INTEGER,
  cached_tokens INTEGER,
  output_tokens INTEGER,
  reasoning_tokens INTEGER,
  total_tokens INTEGER,
  token_source TEXT,
  usage TEXT,                             -- the last one, as the server wrote it

  server_load_ns INTEGER,                 -- by the server's own clock
  server_queue_ns INTEGER,
  server_prefill_ns INTEGER,
  server_decode_ns INTEGER,               -- from its first to its last token
  server_total_ns INTEGER,
  server_decode_tokens INTEGER,           -- tokens of that span, the first one included

  model TEXT,                             -- as the answer names it
  answer TEXT,                            -- content; several answers joined by a blank line
  reasoning TEXT,
  tool_calls TEXT,                        -- JSON
  answer_hash TEXT,                       -- of the whole answer as it came, kept also with --no-text
  answer_chars INTEGER CHECK (answer_chars >= 0),
  UNIQUE (run, seq)
) STRICT;

CREATE TABLE timeline (
  request INTEGER PRIMARY KEY REFERENCES request (id) ON DELETE CASCADE,
  t TEXT NOT NULL,                        -- JSON array: µs since t0 of each token event
  n TEXT,                                 -- tokens of each; NULL: all 1
  channel TEXT,                           -- 0 content, 1 reasoning, 2 tool, 3 token, 4 chunk; NULL: all 0
  shared TEXT                             -- 1: has the stamp of the event before it; NULL: all 0
) STRICT;

-- What the script declared of its own metrics.
CREATE TABLE own_metric (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  unit TEXT NOT NULL,
  better TEXT NOT NULL CHECK (better IN ('lower', 'higher', 'neither')),
  definition TEXT NOT NULL,
  PRIMARY KEY (run, name)
) STRICT;

CREATE TABLE metric (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  seq INTEGER,
  t_ns INTEGER,
  label TEXT,
  name TEXT NOT NULL,
  value REAL,
  unit TEXT
) STRICT;
CREATE INDEX metric_run ON metric (run);

CREATE TABLE "check" (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  seq INTEGER,
  name TEXT NOT NULL,
  passed INTEGER NOT NULL CHECK (passed IN (0, 1))
) STRICT;
CREATE INDEX check_run ON "check" (run);

CREATE TABLE promise (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  phase INTEGER,
  backend INTEGER,
  label TEXT,
  sentence TEXT NOT NULL,
  value REAL,                             -- in the unit of its sentence
  kept INTEGER CHECK (kept IN (0, 1)),
  verdict TEXT
) STRICT;
CREATE INDEX promise_run ON promise (run);

CREATE TABLE warning (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  backend INTEGER,
  seq INTEGER,
  code TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX warning_run ON warning (run);

CREATE TABLE sample (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  t_ns INTEGER NOT NULL CHECK (t_ns >= 0),
  source TEXT NOT NULL,
  name TEXT NOT NULL,
  value REAL,
  unit TEXT
) STRICT;
CREATE INDEX sample_run ON sample (run);

CREATE TABLE loop_health (
  run INTEGER PRIMARY KEY REFERENCES run (id) ON DELETE CASCADE,
  turns INTEGER,
  p50_ns INTEGER,                         -- how late the loop was
  p99_ns INTEGER,
  max_ns INTEGER,
  cpu_ns INTEGER,
  waiting_ns INTEGER,                     -- runnable, but not running
  wall_ns INTEGER,
  late INTEGER,                           -- requests that started late by our own fault
  dropped INTEGER,
  stamps TEXT,
  rss_bytes INTEGER,
  priority TEXT                           -- "normal", "real-time", or "lost": it was for a while
) STRICT;

CREATE TABLE summary (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  backend INTEGER,
  call TEXT,
  label TEXT,
  phase INTEGER,
  metric TEXT NOT NULL,
  unit TEXT,
  n INTEGER CHECK (n >= 0),             -- NULL: another tool's, which does not say
  missing INTEGER CHECK (missing >= 0),
  mean REAL,
  stddev REAL,
  min REAL,
  p50 REAL,
  p90 REAL,
  p95 REAL,
  p99 REAL,
  max REAL
) STRICT;
CREATE INDEX summary_run ON summary (run);

PRAGMA user_version = 1; -- one more with each step of db/migrations
