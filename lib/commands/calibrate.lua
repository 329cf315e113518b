-- bench calibrate: this machine's own measuring error and maximum rate; kept, and used by later runs.
local core_text = require "core.text"
local clock = require "core.clock"
local loads = require "calibrate.loads"
local machine = require "core.machine"
local number = require "report.number"
local options = require "core.options"
local output = require "core.output"
local page = require "report.page"
local sheet = require "report.sheet"
local store = require "core.store"

local command = {}

local COLUMNS = { "streams", "events", "events_per_s", "error_p50_ms", "error_p99_ms", "error_max_ms", "lag_p99_ms",
  "max_events_per_s", "stamps" }

local function told(what)
  if output.is_terminal "stderr" then
    output.err(("\r\27[Kcalibrating: %s"):format(what))
  end
end

local function told_all()
  if output.is_terminal "stderr" then
    output.err "\r\27[K"
  end
end

local function ns(seconds)
  return math.floor(seconds * 1e9 + 0.5)
end

local function keep(results, rate)
  local facts = machine.facts()
  local hash = core_text.digest(facts):sub(1, 16)
  local at = ns(clock.wall())
  store.transaction(function()
    store.write("machine", hash, facts)
    for _, result in ipairs(results) do
      store.write("calibration", hash, at, result.streams, machine.stamps(), result.events, ns(result.p50),
        ns(result.p99), ns(result.max), ns(result.lag_p99), rate)
    end
  end)
end

local function rows_of(results, rate)
  local rows = { columns = COLUMNS }
  for i, result in ipairs(results) do
    rows[i] = { streams = result.streams, events = result.events, events_per_s = result.rate,
      error_p50_ms = result.p50 * 1e3, error_p99_ms = result.p99 * 1e3, error_max_ms = result.max * 1e3,
      lag_p99_ms = result.lag_p99 * 1e3, max_events_per_s = rate, stamps = machine.stamps() }
  end
  return rows
end

local titles = { { title = "streams", right = true }, { title = "events/s", right = true },
  { title = "error p50", right = true }, { title = "p99", right = true }, { title = "max", right = true },
  { title = "loop late p99", right = true } }

local function print_results(paper, results)
  local rows = {}
  for i, result in ipairs(results) do
    rows[i] = { number.grouped(result.streams), number.grouped(math.floor(result.rate + 0.5)),
      number.duration(result.p50), number.duration(result.p99), number.duration(result.max),
      number.duration(result.lag_p99) }
  end
  paper:table(titles, rows)
end

local function warn(paper, results, left_out)
  for _, load in ipairs(left_out) do
    paper:warning(("%s streams were not measured: %s."):format(number.grouped(load.streams), load.reason))
  end
  for _, result in ipairs(results) do
    if not result.server_kept_up then
      paper:warning(("At %s streams the simulated server could not keep its plan: it needs a core of its own, and "
        .. "what is measured is both."):format(number.grouped(result.streams)))
    end
  end
end

local function print_page(results, left_out, rate, reason)
  local paper = page.new(options.format or "table", output.out)
  paper:line(machine.stamps() == "kernel" and "Error of arrival times, which are the kernel's:"
    or "Error of arrival times, taken after the read (no kernel stamps here):")
  print_results(paper, results)
  paper:line()
  if rate then
    paper:line(("Within 1 ms at p99 up to %s events/s (then %s)."):format(number.grouped(math.floor(rate)), reason))
  else
    paper:line(("No rate of events was within 1 ms at p99: %s."):format(reason))
  end
  warn(paper, results, left_out)
  paper:line(("Kept for this machine (%s); later runs print it as their client error."):format(store.path()))
end

local function measure()
  local results, left_out = loads.measure(told)
  local rate, reason
  if #results > 0 then
    rate, reason = loads.highest_rate(told)
  end
  told_all()
  if #results == 0 then
    output.err(("bench: nothing could be measured: %s\n"):format(left_out[1].reason))
    return 3
  end
  keep(results, rate)
  if sheet.is_whole(options.format or "table") then
    print_page(results, left_out, rate, reason)
  else
    sheet.print(rows_of(results, rate), options.format, output.out)
  end
  return 0
end

function command.main()
  return measure()
end

return command
