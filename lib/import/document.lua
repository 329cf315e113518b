-- What an importer finds in a file of another tool, as rows of ours. Times are seconds. Metrics carry the
-- tool's prefix and its own name, unit and definition: vllm.ttft is what vLLM calls TTFT, not our ttft.
-- Fields of a request are filled only where the tool's definition is that of the column.
local fit = require "import.fit"
local json = require "bench.json"
local lists = require "bench.lists"
local waiting = require "import.waiting"

local document = {}
document.__index = document

local function columns_of(fits, names, columns)
  for name in names:gmatch "%S+" do
    columns[#columns + 1] = { name, fits }
  end
  return columns
end

local statistics_columns = columns_of(fit.count, "n missing",
  columns_of(fit.number, "mean stddev min p50 p90 p95 p99 max", {}))

local phase_columns = columns_of(fit.seconds, "started seconds",
  columns_of(fit.number, "asked_rate", columns_of(fit.text, "label arrivals", {})))

local backend_columns = columns_of(fit.text, "name model server_version digest architecture quantization kv_cache",
  columns_of(fit.count, "parameters context slots", columns_of(fit.number, "bits_per_weight", {})))

local request_columns = columns_of(fit.seconds, "at wait t_first_event t_first_token t_first_content t_last_token "
  .. "t_finish t_usage t_done t_end", {})
columns_of(fit.count, "round http_status server_prefill_ns server_decode_ns answer_chars", request_columns)
columns_of(fit.tokens, "prompt_tokens evaluated_tokens cached_tokens output_tokens reasoning_tokens "
  .. "server_decode_tokens", request_columns)
columns_of(fit.text, "label error_kind error_message finish_reason answer reasoning", request_columns)

-- Of one file at a time: its requests wait in the database. tool: its name (the run's scenario); prefix: before the
-- names of its metrics.
function document.new(tool, prefix)
  waiting.start()
  return setmetatable({ tool = tool, prefix = prefix, backends = {}, phases = {}, requests = 0, statistics = {},
    values = {}, notes = {}, options = {}, left = {} }, document)
end

-- When it began, in seconds since 1970, as far as a column can hold it.
function document:began(seconds)
  local within = fit.number(seconds) and seconds >= 0 and seconds < 8e9
  self.started = within and seconds or nil
  return self.started
end

function document:lasted(seconds)
  self.duration = fit.seconds(seconds)
  return self.duration
end

-- A name that may stand in an address: of a model, its last part.
local function plain(text)
  local name = text and text:gsub("%.gguf$", ""):match "([^/\\]+)[/\\]*$"
  name = name and name:gsub("[^%w._%-]+", "_")
  return name and name:find "%w" and name or nil
end

-- fields: kind, model and whatever else a row of `backend` holds; named after its model, else after the
-- tool. Gives its number.
function document:backend(fields)
  fit.row(self, "a backend", fields, backend_columns)
  local taken = lists.set(lists.column(self.backends, "name"))
  fields.name = lists.free(fields.name or plain(fields.model) or self.prefix, taken, "-")
  self.backends[#self.backends + 1] = fields
  return #self.backends
end

-- fields: label, arrivals, started, seconds, asked_rate. Gives its number.
function document:phase(fields)
  fit.row(self, "a phase", fields, phase_columns)
  fields.label = fields.label or fields.arrivals or self.tool
  self.phases[#self.phases + 1] = fields
  return #self.phases
end

-- Times that count up, each as a column can hold it.
local function is_series(list)
  local before = 0
  for _, seconds in ipairs(list) do
    if not fit.seconds(seconds) or seconds < before then
      return false
    end
    before = seconds
  end
  return #list > 0
end

-- fields: columns of db/statements/request_imported.sql, times in seconds; `at` is when it began, counted
-- from the start of the run, nil where the file does not say; all other times count from `at`, those of
-- `events` too: the token events, or, where are_chunks, what the tool took for such.
function document:request(fields)
  fields.seq = self.requests + 1
  fit.row(self, "request " .. fields.seq, fields, request_columns)
  if fields.t_last_token and fields.t_last_token < (fields.t_first_token or 0) then
    self:leave("t_last_token of request " .. fields.seq .. ": it is before the first one", "t_last_token")
    fields.t_last_token = nil
  end
  if fields.events and not is_series(fields.events) then
    self:leave("the times of the tokens of request " .. fields.seq .. ": they are no series", "events")
    fields.events = nil
  end
  waiting.add(fields)
  self.requests = fields.seq
  return fields.seq
end

-- place: backend, call, label, phase; statistics: n, missing, mean, stddev, min, p50, p90, p95, p99, max as
-- the file has them.
function document:summary(place, name, unit, statistics)
  fit.row(self, name, statistics, statistics_columns)
  for column in pairs(statistics) do
    if column ~= "n" and column ~= "missing" then
      self.statistics[#self.statistics + 1] = { place = place, name = self.prefix .. "." .. name, unit = unit,
        values = statistics }
      return
    end
  end
end

-- The times of events from the first one and the gaps behind it (lists of numbers); nil where they are none.
function document.times(first, gaps)
  if not fit.seconds(first) or type(gaps) ~= "table" then
    return nil
  end
  local times = { first }
  for i, gap in ipairs(gaps) do
    if not fit.number(gap) then
      return nil
    end
    times[i + 1] = times[i] + gap
  end
  return times
end

-- One number of the whole run or, with label, of a part.
function document:value(name, value, unit, label)
  if value == nil then
    return
  elseif fit.number(value) then
    self.values[#self.values + 1] = { name = self.prefix .. "." .. name, value = value, unit = unit, label = label }
  else
    self:leave(name .. ": it is no number")
  end
end

function document:note(key, value)
  local written = type(value) == "table" and json.encode(value) or tostring(value)
  self.notes[#self.notes + 1] = { key = key, value = fit.text(written) }
end

function document:is_empty()
  return self.requests + #self.statistics + #self.values == 0
end

-- Told of the file once it was taken; of many that are alike the first.
function document:leave(what, kind)
  kind = kind or what
  if not self.left[kind] then
    self.left[kind] = true
    self.left[#self.left + 1] = what
  end
end

return document
