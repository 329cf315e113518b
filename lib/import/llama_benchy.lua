-- llama-benchy --format json. Each test has means and deviations over its runs, and the value of each run:
-- least, most and percentiles are taken from those. Its prompt rates stand on the first chunk of any kind
-- (ttfr), e2e_ttft on the first content; its standard deviations divide by n.
local dates = require "import.dates"
local fields = require "import.fields"
local lists = require "bench.lists"
local statistics = require "import.statistics"

local llama_benchy = { tool = "llama-benchy", prefix = "llama-benchy" }

function llama_benchy.fits(file)
  local value = file.json
  return type(value) == "table" and value.latency_mode ~= nil and type(value.benchmarks) == "table"
end

local function unit_of(name)
  return name:find "throughput$" and "tok/s" or "ms"
end

local function label_of(test)
  return ("pp%d tg%d @ d%d c%d"):format(test:count "prompt_size" or 0, test:count "response_size" or 0,
    test:count "context_size" or 0, test:count "concurrency" or 1)
end

local function take_metric(run, place, name, object)
  local values = lists.filter(type(object.values) == "table" and object.values or {}, math.type)
  local row = { n = #values > 0 and #values or nil, mean = math.type(object.mean) and object.mean or nil,
    stddev = math.type(object.std) and object.std or nil }
  run:summary(place, name, unit_of(name), statistics.fill(row, values))
end

local function take_test(run, backend, test)
  local place = { backend = backend, call = "chat" }
  place.label = label_of(test)
  place.phase = run:phase { label = place.label, arrivals = ("concurrency %d"):format(test:count "concurrency" or 1) }
  if test:get "is_context_prefill_phase" == true then
    place.label = place.label .. " context"
  end
  for _, name in ipairs(lists.names(test.object)) do
    local value = test.object[name]
    if type(value) == "table" and math.type(value.mean) then
      test:get(name)
      take_metric(run, place, name, value)
    end
  end
  test:leave_rest(run)
end

function llama_benchy.take(file, run)
  local top = fields.new(file.json)
  local backend = run:backend { kind = "openai", model = top:text "model" }
  for _, test in ipairs(top:objects("benchmarks", run)) do
    take_test(run, backend, test)
  end
  for _, name in ipairs { "version", "latency_mode", "latency_ms", "prefix_caching_enabled", "max_concurrency" } do
    run.options[name] = top:get(name)
  end
  dates.start(run, top:text "timestamp")
  top:leave_rest(run)
end

return llama_benchy
