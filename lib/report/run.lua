-- Which run a word means, and everything that its page shows, as rows.
local client_error = require "report.client_error"
local store = require "core.store"
local tallies = require "report.tallies"
local template = require "report.template"

local run = {}

local function one(sql, ...)
  return store.query(sql, ...)[1]
end

local function by_uuid(word)
  local found = store.query("SELECT run FROM runs WHERE substr(uuid, 1, length(?1)) = lower(?1) LIMIT 2", word)
  if #found > 1 then
    return nil, ("several runs have a uuid that begins with %s; give more of it"):format(word)
  end
  return found[1]
end

local function by_number_or_uuid(word)
  local number = word:find "^%d+$" and math.tointeger(word)
  local row = number and one("SELECT run FROM runs WHERE run = ?1", number)
  if not row and word:find "^[%x-]+$" and #word >= 4 then
    return by_uuid(word)
  end
  return row
end

local function is_database(path)
  local file = io.open(path, "rb")
  local start = file and file:read(16)
  if file then
    file:close()
  end
  return start == "SQLite format 3\0"
end

local borrowed = {} -- path -> the runs of that file, under their numbers here

local function runs_of(path)
  if path == store.path() then
    return store.query "SELECT id AS run FROM main.run"
  end
  local shift, message = store.borrow(path)
  if not shift then
    return nil, message
  end
  return store.query("SELECT run FROM runs WHERE run > ?1", shift)
end

-- The one run of a file: of the database itself, or of another one, which is then seen beside it.
local function by_file(path)
  local message
  if not borrowed[path] then
    borrowed[path], message = runs_of(path)
  end
  local rows = borrowed[path]
  if rows and #rows ~= 1 then
    return nil, ("%s holds %d runs: say which with --db %s RUN"):format(path, #rows, path)
  end
  return rows and rows[1], message
end

-- A number, last, last~1, the start of a uuid, or a file of `bench export` -> the run's number, or nil
-- and a sentence.
function run.resolve(word)
  local back = word == "last" and 0 or math.tointeger(word:match "^last~(%d+)$")
  local row, message
  if back then
    row = one("SELECT run FROM runs ORDER BY run DESC LIMIT 1 OFFSET ?1", back)
    message = back == 0 and "there is no run in " .. store.path() or "there is no run that far back"
  else
    row, message = by_number_or_uuid(word)
    if not row and not message and is_database(word) then
      row, message = by_file(word)
    end
  end
  if row then
    return row.run
  end
  return nil, message or ("there is no run %s in %s; bench list shows what there is"):format(word, store.path())
end

local queries = {
  backends = [[SELECT name AS backend, number, kind, address, server_version, model, digest, architecture,
    parameters, quantization, bits_per_weight, kv_cache, context, slots, template_hash, sampling, simulated,
    CASE WHEN json_valid(raw) THEN json_extract(raw, '$."/apply-template"') END AS rendered
    FROM backend WHERE run = ?1 ORDER BY number]],
  summary = "SELECT * FROM run_summary WHERE run = ?1",
  phases = "SELECT * FROM phases WHERE run = ?1 ORDER BY phase",
  notes = "SELECT key, value FROM notes WHERE run = ?1",
  checks = [[SELECT c.name, r.backend, sum(c.passed) AS passed, count(*) AS n FROM checks AS c
    LEFT JOIN request_metrics AS r ON r.run = ?1 AND r.request = c.request
    WHERE c.run = ?1 GROUP BY 1, 2]],
  promises = [[SELECT p.sentence, p.value, p.kept, p.verdict, p.label, p.phase, b.name AS backend
    FROM promise AS p LEFT JOIN backend AS b ON b.run = p.run AND b.number = p.backend
    WHERE p.run = ?1 ORDER BY p.rowid]],
  warnings = "SELECT backend, request, code, text FROM warnings WHERE run = ?1",
  metrics = "SELECT * FROM measurements WHERE run = ?1",
}

-- What a server made of the fixed chat is for comparing: it is no column of what is printed.
local function with_prompts(backends)
  backends.columns[#backends.columns] = nil
  for _, backend in ipairs(backends) do
    backend.rendered = template.prompt_of(backend.rendered)
  end
  return backends
end

local function rows(name, number)
  local list = store.query(queries[name], number)
  return name == "backends" and with_prompts(list) or list
end

-- Everything about a run but its requests: lists of rows by name, and run, health, total as one row.
function run.read(number)
  local document = { number = number }
  local runs = store.query("SELECT * FROM runs WHERE run = ?1", number)
  document.run, document.run_columns = runs[1], runs.columns
  local declared = one("SELECT summary, workers FROM run WHERE id = ?1", number)
  document.title, document.has_parts_elsewhere = declared.summary, not declared.workers
  for name in pairs(queries) do
    if name ~= "metrics" then
      document[name] = rows(name, number)
    end
  end
  document.health = one([[SELECT loop_health.*, run.workers FROM loop_health
    JOIN run ON run.id = loop_health.run WHERE run = ?1]], number)
  document.client_error = client_error.of(store.query, number)
  for name, found in pairs(tallies.of(number)) do
    document[name] = found
  end
  return document
end

function run.rows(name, number)
  return rows(name, number)
end

return run
