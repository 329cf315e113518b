-- Sides become runs of a database, by the sqlite3 of the machine.
local cjson = require "cjson"
local outside = require "outside"

local store = {}

local function literal(value)
  if value == nil then
    return "NULL"
  elseif type(value) == "string" then
    return "'" .. value:gsub("'", "''") .. "'"
  elseif type(value) == "number" then
    return math.type(value) == "integer" and tostring(value) or ("%.17g"):format(value)
  elseif type(value) == "boolean" then
    return value and "1" or "0"
  end
  return literal((cjson.encode(value):gsub("\\/", "/")))
end

local function insert(out, name, columns, rows)
  if #rows == 0 then
    return
  end
  local lines = {}
  for i, row in ipairs(rows) do
    local values = {}
    for k, column in ipairs(columns) do
      values[k] = literal(row[column])
    end
    lines[i] = "(" .. table.concat(values, ",") .. ")"
  end
  out[#out + 1] = ("INSERT INTO %s (%s) VALUES\n%s;"):format(name, table.concat(columns, ","),
    table.concat(lines, ",\n"))
end

local run_columns = { "id", "uuid", "scenario", "script_hash", "options", "seed", "bench_version", "machine", "status",
  "started_at_ns", "started_at", "pid", "pid_start", "boot", "summarised", "simulated" }
local backend_columns = { "run", "number", "name", "kind", "address", "server_version", "model", "digest",
  "architecture", "parameters", "quantization", "bits_per_weight", "kv_cache", "context", "slots", "template_hash",
  "sampling", "raw", "simulated", "here" }
local request_columns = { "run", "seq", "backend", "phase", "phase_kind", "call", "label", "round", "prompt", "t_start",
  "t_sent", "t_headers", "t_first_event", "t_first_token", "t_first_content", "t_last_token", "t_end", "outcome",
  "finish_reason", "flags", "streamed", "cold_start", "events", "prompt_tokens", "evaluated_tokens", "cached_tokens",
  "output_tokens", "reasoning_tokens", "token_source", "answer_chars", "started_at" }

local EPOCH = 1700000000

-- run: { id, machine, backends (as worlds.backend makes them, with name), requests (rows as the table has them), seed,
-- options, at (s after the first run), phases (names of its loads, or nil) } -> SQL
function store.sql(run)
  local out = {}
  local started = os.date("!%Y-%m-%dT%H:%M:%S.000Z", EPOCH + run.at)
  insert(out, "run", run_columns, { { id = run.id, uuid = ("%08x-0000-4000-8000-%012x"):format(run.id, run.id),
    scenario = "drawn", script_hash = "00112233445566778899", options = run.options or "{}", seed = run.seed or 1,
    bench_version = "1.0", machine = run.machine, status = "done", started_at_ns = (EPOCH + run.at) * 1000000000,
    started_at = started, pid = 1, pid_start = 1, boot = "drawn", summarised = 1, simulated = 0 } })
  for number, backend in ipairs(run.backends) do
    backend.run, backend.number = run.id, number
  end
  insert(out, "backend", backend_columns, run.backends)
  local phases = {}
  for number, name in ipairs(run.phases or {}) do
    phases[number] = { run = run.id, number = number, label = name, kind = "measure" }
  end
  insert(out, "phase", { "run", "number", "label", "kind" }, phases)
  for _, row in ipairs(run.requests) do
    row.run, row.started_at = run.id, started
  end
  insert(out, "request", request_columns, run.requests)
  return table.concat(out, "\n")
end

local summary_columns = { "run", "backend", "call", "label", "metric", "unit", "n", "p50" }

-- Rows of the table of summaries -> SQL
function store.summaries(rows)
  local out = {}
  insert(out, "summary", summary_columns, rows)
  return out[1]
end

local machines = [[
INSERT INTO machine (hash, facts, cpu, cores)
  VALUES ('machine1', '{}', 'Ryzen', 8), ('machine2', '{}', 'Xeon', 16);
]]

-- Lets bench make the database that `run` names, with a run of nothing.
function store.make(folder, run)
  outside.write(folder .. "/s.lua", 'require("bench").scenario { summary = "makes a file" }\n')
  local _, code = run "run s.lua --quiet"
  assert(code == 0 or code == 4 or code == 5, outside.read(folder .. "/err"))
end

-- Writes runs (SQL of store.sql) into a database.
function store.write(database, list)
  local path = database .. ".sql"
  outside.write(path, "BEGIN;\n" .. machines .. table.concat(list, "\n") .. "\nCOMMIT;\n")
  local text, code = outside.output(("sqlite3 -bail '%s' < '%s' 2>&1"):format(database, path))
  assert(code == 0, text)
end

return store
