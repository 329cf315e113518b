-- The smallest difference that this machine may call: what it measures of one server against itself (A/A), and the
-- client's own error beside a time.
local ask = require "report.ask"
local client_error = require "report.client_error"
local lists = require "bench.lists"
local metrics = require "bench.metrics"
local number = require "report.number"
local store = require "core.store"

local floor = {}

floor.UNMEASURED = 0.01 -- where no A/A was measured here

-- The floors of the backends that are compared; where they were never held against themselves, the newest.
local function chosen(rows, backends)
  local theirs = lists.filter(rows, function(row) return backends[row.backend] end)
  return #theirs > 0 and theirs or lists.filter(rows, function(row) return row.at_ns == rows[#rows].at_ns end)
end

local function add_machine(found, machine, backends)
  for _, row in ipairs(chosen(ask.rows("compare/noise_floor", machine), backends)) do
    found.by_metric[row.metric] = math.max(found.by_metric[row.metric] or 0, row.floor)
    found.day = row.day
  end
end

-- ms; 0 where nobody measured it: then nothing has to be read of how much there was to do.
local function error_of(run, machine)
  if not ask.row("compare/calibrated", machine) then
    return 0
  end
  return client_error.of(store.query, run).p99_ms or 0
end

-- How `bench calibrate --aa` names what it measured: "ollama qwen2:0.5b Q4_0".
function floor.name_of(backend)
  return lists.joined(" ", backend.kind, backend.model, backend.quantization)
end

local function names_of(compared)
  local names = {}
  for _, pair in ipairs(compared) do
    names[floor.name_of(pair.base.row)], names[floor.name_of(pair.new.row)] = true, true
  end
  return names
end

-- runs: number -> facts, with their machine; compared: pairs of sides. -> { by_metric, error_ms (at the load of
-- these runs), day (of the A/A, or nil), is_of_error (that the error was the larger one for a line), of =
-- function(metric, a, b) -> share }: metric is one of the table of metrics or nil, a and b the times that its two
-- values were taken from.
function floor.read(runs, compared)
  local backends = names_of(compared)
  local found = { by_metric = {}, error_ms = 0 }
  for run, facts in pairs(runs) do
    add_machine(found, facts.machine or "", backends)
    found.error_ms = math.max(found.error_ms, error_of(run, facts.machine))
  end
  function found.of(metric, a, b)
    local share = metric and found.by_metric[metric.name] or floor.UNMEASURED
    local least = a and b and math.min(a, b)
    local by_error = least and least > 0 and found.error_ms / least or 0
    found.is_of_error = found.is_of_error or by_error > share
    return math.max(share, by_error)
  end
  return found
end

-- One sentence about it, when all lines are there.
function floor.words(found)
  local times = found.is_of_error and (", nor between times less than %s ms apart, its own error"):format(
    number.short(found.error_ms)) or ""
  if not found.day then
    return ("This machine calls no difference below %.0f %% (no A/A yet: bench calibrate --aa ADDRESS)%s."):format(
      100 * floor.UNMEASURED, times)
  end
  local least, most = math.huge, 0
  for name, share in pairs(found.by_metric) do
    if metrics.find(name) then
      least, most = math.min(least, share), math.max(most, share)
    end
  end
  local range = least == most and ("%.1f %%"):format(100 * most) or ("%.1f to %.1f %%, by metric"):format(100 * least,
    100 * most)
  return ("This machine calls no difference below %s (A/A of %s)%s."):format(range, found.day, times)
end

return floor
