-- The statistics of locust --csv (PREFIX_stats.csv): a line for each name, times in ms, percentiles rounded
-- to two digits by locust itself.
local csv = require "import.csv"
local dates = require "import.dates"

local locust = { tool = "locust", prefix = "locust" }

function locust.fits(file)
  return file.text:find "^Type,Name,Request Count,Failure Count," ~= nil
end

local kept = { ["Median Response Time"] = "p50", ["Average Response Time"] = "mean", ["Min Response Time"] = "min",
  ["Max Response Time"] = "max", ["90%"] = "p90", ["95%"] = "p95", ["99%"] = "p99", ["Request Count"] = "n" }

local scalars = { { "Failure Count", "failures", "requests" }, { "Requests/s", "requests_per_s", "1/s" },
  { "Failures/s", "failures_per_s", "1/s" }, { "Average Content Size", "content_size", "bytes" } }

local function take_row(run, backend, row)
  local label = row.Type ~= "" and row.Type .. " " .. row.Name or row.Name
  local values = {}
  for name, column in pairs(kept) do
    values[column] = tonumber(row[name])
  end
  values.n = math.tointeger(values.n)
  run:summary({ backend = backend, call = "http", label = label }, "response_time", "ms", values)
  for _, scalar in ipairs(scalars) do
    run:value(scalar[2], tonumber(row[scalar[1]]), scalar[3], label)
  end
end

function locust.take(file, run)
  local rows = csv.rows(file.text)
  if not rows then
    error({ message = "its lines do not fit its head line" })
  end
  local backend = run:backend { kind = "http" }
  for _, row in ipairs(rows) do
    take_row(run, backend, row)
  end
  run:leave "percentiles other than 50, 90, 95 and 99"
  dates.start(run)
end

return locust
