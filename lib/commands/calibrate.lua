-- bench calibrate: this machine's own measuring error and maximum rate; kept, and used by later runs.
local ask = require "report.ask"
local core_text = require "core.text"
local clock = require "core.clock"
local compare = require "compare.compare"
local floor = require "compare.floor"
local loads = require "calibrate.loads"
local machine = require "core.machine"
local metrics = require "bench.metrics"
local moment = require "bench.moment"
local number = require "report.number"
local options = require "core.options"
local output = require "core.output"
local page = require "report.page"
local refusal = require "report.refusal"
local sheet = require "report.sheet"
local store = require "core.store"

local command = {}

local WAITED = 0.1 -- share of the time beyond which a calibration is one of a busy machine

local COLUMNS = { "streams", "events", "events_per_s", "error_p50_ms", "error_p99_ms", "error_max_ms", "lag_p99_ms",
  "max_events_per_s", "stamps" }

local function told(what)
  if output.is_terminal "stderr" then
    output.status("calibrating: " .. what)
  end
end

-- write(hash, at): rows that hang on this machine and were made now (ns since 1970).
local function keep_of_machine(write)
  local facts = machine.facts()
  local hash, at = core_text.digest(facts):sub(1, 16), moment.ns(clock.wall())
  store.transaction(function()
    store.write("machine", hash, facts)
    write(hash, at)
  end)
end

local function keep(results, rate)
  keep_of_machine(function(hash, at)
    for _, result in ipairs(results) do
      store.write("calibration", hash, at, result.streams, machine.stamps(), result.events, moment.ns(result.p50),
        moment.ns(result.p99), moment.ns(result.max), moment.ns(result.lag_p99), rate)
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

local function warn(paper, results, left_out, waited)
  if waited > WAITED then
    paper:warning(("The client waited for a core %.0f %% of the time: others had it, or a container's limit of CPU was "
      .. "used up. What is kept is the error of a busy machine; calibrate again when it is idle."):format(100 * waited))
  end
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

local function print_page(results, left_out, rate, reason, waited)
  local paper = page.new(options.format or "table", output.out)
  paper:line(machine.stamps() == "kernel" and "Error of arrival times, which are the kernel's:"
    or "Error of arrival times, taken after the read (no kernel stamps here):")
  print_results(paper, results)
  paper:line()
  local words = rate
    and ("Within 1 ms at p99 up to %s events/s; above that %s."):format(number.grouped(math.floor(rate)), reason)
    or ("No rate of events was within 1 ms at p99: %s."):format(reason)
  paper:remark(words)
  warn(paper, results, left_out, waited)
  paper:line(("Kept for this machine in %s; later runs"):format(store.path()))
  paper:line "print it as their client error."
end

-- Share of the time in which the client could run and had no core, since that moment.
local function waited_since(before, began)
  local after = machine.usage()
  local known = after.waiting and before.waiting
  return known and (after.waiting - before.waiting) / math.max(1e-9, clock.now() - began) or 0
end

function command.main()
  local before, began = machine.usage(), clock.now()
  local results, left_out = loads.measure(told)
  if #results == 0 then
    return refusal.say(("nothing could be measured: %s"):format(left_out[1].reason), 3)
  end
  local rate, reason = loads.highest_rate(told)
  keep(results, rate)
  if sheet.is_whole(options.format or "table") then
    print_page(results, left_out, rate, reason, waited_since(before, began))
  else
    sheet.print(rows_of(results, rate), options.format, output.out)
  end
  return 0
end

-- ---- one backend against itself ----

-- The far end of the interval of the ratio, as a share above 1: a smaller difference was noise here.
local function floors_of(document)
  local list = {}
  compare.each_line(document, function(line)
    if line.statistic == "p50" and line.low and line.low > 0 and line.base_blocks > 1 then
      list[#list + 1] = { metric = line.metric, rounds = line.base_blocks, verdict = line.verdict,
        floor = math.exp(math.max(math.abs(math.log(line.low)), math.abs(math.log(line.high)))) - 1 }
    end
  end)
  return list
end

local function keep_floors(run, list)
  local backend = floor.name_of(ask.row("report/backends", run))
  keep_of_machine(function(hash, at)
    for _, one in ipairs(list) do
      store.write("noise_floor", hash, at, backend, one.metric, one.rounds, one.floor)
    end
  end)
  return backend
end

local function print_floors(run, backend, list)
  local rows = {}
  for i, one in ipairs(list) do
    rows[i] = { metrics.find(one.metric).title, ("%.2f %%"):format(100 * one.floor), tostring(one.rounds) }
  end
  local paper = page.new(options.format or "table", output.out)
  paper:line(("%s against itself (run %d): no smaller difference will be called on this machine"):format(backend, run))
  paper:table({ { title = "" }, { title = "floor", right = true }, { title = "rounds", right = true } }, rows)
  for _, one in ipairs(list) do
    if one.verdict == "lower" or one.verdict == "higher" or one.verdict == "drift" then
      paper:warning(("%s differed all the same: something else went on, or the first of two is always the slower. "
        .. "Measure again."):format(metrics.find(one.metric).title))
    end
  end
end

-- The second half of --aa: what the run that just ended says.
function command.keep_floor()
  local run = ask.row("report/run_of_scenario", "against_itself").run
  local document, message = compare.read(run .. ":one", run .. ":other", {})
  local list = document and floors_of(document) or {}
  if #list == 0 then
    return refusal.say(("run %d gives no floor: %s"):format(run, message or "too few rounds were answered"), 5)
  end
  local backend = keep_floors(run, list)
  if sheet.is_whole(options.format or "table") then
    print_floors(run, backend, list)
  else
    list.columns = { "metric", "floor", "rounds" }
    sheet.print(list, options.format, output.out)
  end
  return 0
end

return command
