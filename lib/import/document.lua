-- What an importer finds in a file of another tool, as rows of ours. Times are seconds. Metrics carry the
-- tool's prefix and its own name, unit and definition: vllm.ttft is what vLLM calls TTFT, not our ttft.
-- Fields of a request are filled only where the tool's definition is that of the column.
local document = {}
document.__index = document

-- tool: its name (the run's scenario); prefix: before the names of its metrics.
function document.new(tool, prefix)
  return setmetatable({ tool = tool, prefix = prefix, backends = {}, phases = {}, requests = {}, statistics = {},
    values = {}, notes = {}, options = {}, left = {} }, document)
end

-- A name that may stand in an address: of a model, its last part.
local function plain(text)
  local name = text and tostring(text):gsub("%.gguf$", ""):match "([^/\\]+)[/\\]*$"
  name = name and name:gsub("[^%w._%-]+", "_")
  return name and name:find "%w" and name or nil
end

local function taken(list, name)
  for _, row in ipairs(list) do
    if row.name == name then
      return true
    end
  end
  return false
end

-- fields: kind, model and whatever else a row of `backend` holds; named after its model, else after the
-- tool. Gives its number.
function document:backend(fields)
  local name = fields.name or plain(fields.model) or self.prefix
  local first, count = name, 1
  while taken(self.backends, name) do
    count = count + 1
    name = first .. "-" .. count
  end
  fields.name = name
  self.backends[#self.backends + 1] = fields
  return #self.backends
end

-- fields: label, arrivals, started, seconds, asked_rate, dropped. Gives its number.
function document:phase(fields)
  fields.label = fields.label or fields.arrivals or self.tool
  self.phases[#self.phases + 1] = fields
  return #self.phases
end

-- fields: columns of db/statements/request_imported.sql, times in seconds; `at` is when it began, counted
-- from the start of the run, nil where the file does not say; all other times count from `at`.
function document:request(fields)
  fields.seq = #self.requests + 1
  self.requests[fields.seq] = fields
  return fields.seq
end

-- place: backend, call, label, phase; statistics: n, missing, mean, stddev, min, p50, p90, p95, p99, max as
-- the file has them.
function document:summary(place, name, unit, statistics)
  self.statistics[#self.statistics + 1] = { place = place, name = self.prefix .. "." .. name, unit = unit,
    values = statistics }
end

-- One number of the whole run or, with label, of a part.
function document:value(name, value, unit, label)
  if value ~= nil then
    self.values[#self.values + 1] = { name = self.prefix .. "." .. name, value = value, unit = unit, label = label }
  end
end

function document:note(key, value)
  self.notes[#self.notes + 1] = { key = key, value = tostring(value) }
end

-- Told of the file once it was taken.
function document:leave(what)
  if not self.left[what] then
    self.left[what] = true
    self.left[#self.left + 1] = what
  end
end

return document
