-- The smallest difference that this machine may call: what it measures of one server against itself (A/A), and the
-- client's own error beside a time.
local client_error = require "report.client_error"
local metrics = require "bench.metrics"
local read = require "compare.read"
local store = require "core.store"

local floor = {}

floor.UNMEASURED = 0.01 -- where no A/A was measured here

-- Of each backend and metric the newest; the newest of all last.
local NEWEST = [[SELECT metric, floor, backend, at_ns, date(at_ns / 1000000000, 'unixepoch') AS day
  FROM noise_floor AS one
  WHERE machine = ?1 AND at_ns = (SELECT max(at_ns) FROM noise_floor AS other
    WHERE other.machine = ?1 AND other.backend = one.backend AND other.metric = one.metric)
  ORDER BY at_ns]]

-- Files of before 1.0 have no such table, and are read as they are.
local function has_table(name)
  return store.query("SELECT 1 FROM sqlite_schema WHERE name = ?1 AND type = 'table'", name)[1] ~= nil
end

-- The floors of the backends that are compared; where they were never held against themselves, the newest.
local function chosen(rows, backends)
  local list, newest = {}, rows[#rows] and rows[#rows].at_ns
  for _, row in ipairs(rows) do
    if backends[row.backend] then
      list[#list + 1] = row
    end
  end
  if #list > 0 then
    return list
  end
  for _, row in ipairs(rows) do
    if row.at_ns == newest then
      list[#list + 1] = row
    end
  end
  return list
end

local function add_machine(found, machine, backends)
  local rows = has_table "noise_floor" and store.query(NEWEST, machine) or {}
  for _, row in ipairs(chosen(rows, backends)) do
    found.by_metric[row.metric] = math.max(found.by_metric[row.metric] or 0, row.floor)
    found.day = row.day
  end
end

-- ms; 0 where nobody measured it: then nothing has to be read of how much there was to do.
local function error_of(number, machine)
  if not read.rows("calibrated", machine)[1] then
    return 0
  end
  return client_error.of(store.query, number).p99_ms or 0
end

-- As `bench calibrate --aa` names what it measured: "ollama qwen2:0.5b Q4_0".
local function name_of(backend)
  local words = { backend.kind }
  words[#words + 1] = backend.model
  words[#words + 1] = backend.quantization
  return table.concat(words, " ")
end

local function names_of(compared)
  local names = {}
  for _, pair in ipairs(compared) do
    names[name_of(pair.base.row)], names[name_of(pair.new.row)] = true, true
  end
  return names
end

-- runs: number -> facts, with their machine; compared: pairs of sides. -> { by_metric, error_ms (at the load of
-- these runs), day (of the A/A, or nil), of = function(metric, a, b) -> share }: metric is one of the table of
-- metrics or nil, a and b its two values.
function floor.read(runs, compared)
  local backends = names_of(compared)
  local found = { by_metric = {}, error_ms = 0 }
  for number, facts in pairs(runs) do
    add_machine(found, facts.machine or "", backends)
    found.error_ms = math.max(found.error_ms, error_of(number, facts.machine))
  end
  function found.of(metric, a, b)
    local share = metric and found.by_metric[metric.name] or floor.UNMEASURED
    local least = metric and metric.unit == "ms" and a and b and math.min(a, b)
    if least and least > 0 then
      share = math.max(share, found.error_ms / least)
    end
    return share
  end
  return found
end

-- One sentence about it.
function floor.words(found)
  if not found.day then
    return ("No A/A was measured on this machine: no difference below %.0f %% is called."):format(
      100 * floor.UNMEASURED)
  end
  local least, most = math.huge, 0
  for name, share in pairs(found.by_metric) do
    if metrics.find(name) then
      least, most = math.min(least, share), math.max(most, share)
    end
  end
  local range = least == most and ("%.1f %%"):format(100 * most) or ("%.1f to %.1f %%, by metric"):format(100 * least,
    100 * most)
  return ("This machine calls no difference below %s (A/A of %s)."):format(range, found.day)
end

return floor
