-- bench.load: users come, at their own times or one after the other, until a window is measured; then what they
-- began is drained.
local arrivals = require "bench.arrivals"
local clock = require "core.clock"
local driver = require "bench.driver"
local expect = require "bench.expect"
local lists = require "bench.lists"
local machine = require "core.machine"
local meeting = require "bench.meeting"
local misuse = require "bench.misuse"
local nobody = require "bench.nobody"
local moment = require "bench.moment"
local progress = require "bench.progress"
local record = require "core.record"
local session = require "bench.session"
local strict = require "bench.strict"
local tally = require "bench.tally"
local task = require "core.task"
local time = require "bench.time"
local warnings = require "bench.warnings"
local window = require "bench.window"
local workers = require "bench.workers"

local load = {}

local names = { "arrivals", "at_most", "when_full", "warm_up", "measure", "requests", "drain", "slo", "label", "visit" }
local default_drain = "30s"
local idle_share = 0.1 -- of a window: so long nobody may come at its end unsaid
local spare_descriptors = 32 -- beside those of connections: the database, name look-ups

local function check_names(given)
  misuse.check("bench.load: its argument", given, "table")
  misuse.check_names("bench.load", given, names)
end

-- A duration, or where it is a plain number a count of visits.
local function read_warm_up(value)
  if value == nil then
    return nil, nil
  elseif type(value) == "number" then
    return nil, misuse.whole("bench.load: warm_up (visits; a duration is written \"10s\")", value, 0)
  end
  return time.seconds(value, "bench.load: warm_up"), nil
end

local function read_window(given, read)
  if (given.measure ~= nil) and (given.requests ~= nil) then
    misuse.raise("bench.load: measure and requests are two ways to end the window; give one")
  end
  if given.measure ~= nil then
    read.measure = time.seconds(given.measure, "bench.load: measure")
    if read.measure <= 0 then
      misuse.raise("bench.load: a window of 0 s measures nothing")
    end
  elseif given.requests ~= nil then
    local least = (read.warm_visits or 0) > 0 and 0 or 1 -- a load may do nothing but warm up
    read.requests = misuse.whole("bench.load: requests", given.requests, least)
  elseif not read.arrivals.ends then
    misuse.raise("bench.load: say how long, measure = \"60s\", or how many, requests = 100: %s does not end by itself",
      read.arrivals.text)
  end
end

local function read_full(given, read)
  if given.at_most ~= nil then
    read.at_most = misuse.whole("bench.load: at_most", given.at_most, 1)
  end
  read.when_full = given.when_full == nil and "wait"
    or misuse.choice("bench.load: when_full", given.when_full, { "wait", "drop" })
  if given.when_full ~= nil and not read.at_most then
    misuse.raise("bench.load: when_full says what happens beyond at_most; there is no at_most")
  end
  if read.at_most and not read.arrivals.open then
    misuse.raise("bench.load: at_most is for arrivals with a schedule; %s never has more than its users",
      read.arrivals.text)
  end
end

local function read_slo(list)
  local promises, message = expect.read_all(misuse.check_list("bench.load: slo", list, "{ \"ttft p95 < 1s\", ... }"),
    session.scenario.metrics)
  if not promises then
    misuse.refuse_here("%s", message)
  end
  return promises
end

local function read_options(given)
  check_names(given)
  if not arrivals.is(given.arrivals) then
    misuse.raise("bench.load: arrivals is what bench.closed(8), bench.steady(2), bench.poisson(2)... give, not %s",
      misuse.kind(given.arrivals))
  end
  if type(given.visit) ~= "function" then
    misuse.raise("bench.load: visit is called for each arrival: visit = function(user) ... end, not %s",
      misuse.kind(given.visit))
  end
  misuse.check_name("bench.load: label", misuse.check("bench.load: label", given.label, "nil", "string") or "")
  local read = { arrivals = given.arrivals, visit = given.visit, promises = read_slo(given.slo) }
  read.warm_seconds, read.warm_visits = read_warm_up(given.warm_up)
  read_window(given, read)
  read_full(given, read)
  read.drain = time.seconds(given.drain == nil and default_drain or given.drain, "bench.load: drain")
  read.wanted_label = (given.label or "") ~= "" and given.label or given.arrivals.text
  return read
end

local taken_labels, taken_in_warm_up = {}, {}

-- A name is a key: the second load of one name gets a number. Those of a warm-up round take none from what counts.
local function unique_label(wanted)
  local taken = session.round() == 0 and taken_in_warm_up or taken_labels
  local label = lists.free(wanted, taken, " ")
  taken[label] = true
  return label
end

-- Each visit in progress has a connection at least.
local function check_descriptors(read)
  local most = read.arrivals.users or read.at_most
  local limit, open = machine.descriptors()
  local needed = -(-(most or 0) // workers.count) + open + spare_descriptors
  if needed > limit then
    misuse.refuse_here("%d %s need %d descriptors, and this process may have %d, its hard limit; run"
      .. " `ulimit -Hn %d` as root, or ask for fewer", most, read.arrivals.users and "users" or "visits at a time",
      needed, limit, needed)
  end
end

local function ns(seconds)
  return math.max(0, moment.ns(seconds))
end

-- Writes the row of the phase: at first what is asked, at the end what came of it. A worker that has not met the
-- others knows its part alone.
local function keep_phase(state, is_whole)
  local lag = state.lag:quantile(0.99)
  local kind = (state.requests == 0 or state.round == 0) and "warm-up" or "measure"
  record.write("phase", state.number, state.label, is_whole and kind or "part", state.arrivals.text,
    ns(state.window_start or state.began),
    state.window_end and ns(state.window_end), is_whole and state.asked_rate or state.arrivals.rate,
    state.achieved_rate,
    state.window_end and state.tally.dropped or nil, lag and ns(lag), state.client_cpu)
end

-- Whether all sentences are kept; nil where too few came to tell.
local function keep_verdicts(state, verdicts)
  local is_broken, is_known = false, true
  for _, one in ipairs(verdicts) do
    local promise = one.promise
    if (one.owner or 0) == workers.index then
      record.write("promise", state.number, one.backend, one.label, promise.sentence,
        expect.in_unit_of_sentence(promise, one.value), one.kept, one.verdict)
    end
    is_broken = is_broken or one.verdict == "broken" or one.verdict == "no data"
    is_known = is_known and one.verdict ~= "too few"
  end
  return not is_broken and (is_known or nil)
end

local optional = { asked_rate = true, achieved_rate = true, output_tps = true, delivered_tps = true, slo_kept = true,
  users = true }

-- What the script gets.
local function result(state)
  local sums = state.tally
  local seconds = state.window_end - state.window_start
  local fields = sums:metrics()
  local verdicts = sums:verdicts(seconds)
  fields.label, fields.phase, fields.seconds, fields.users = state.label, state.number, seconds, state.arrivals.users
  fields.requests, fields.ok, fields.failed = sums.requests, sums.ok, sums.failed
  fields.cancelled, fields.incomplete, fields.dropped = sums.cancelled, sums.incomplete, sums.dropped
  fields.asked_rate, fields.achieved_rate = state.asked_rate, state.achieved_rate
  fields.output_tps = seconds > 0 and sums.completed_tokens / seconds or nil
  fields.delivered_tps = seconds > 0 and sums.delivered_tokens / seconds or nil
  local kept = keep_verdicts(state, verdicts)
  if #state.promises > 0 then
    fields.slo_kept = kept
  end
  return strict.table("load", fields, optional)
end

local loads = 0

local function measure(state)
  local cpu, began = machine.usage().cpu, clock.now()
  driver.run(state)
  state.client_cpu = (machine.usage().cpu - cpu) / (clock.now() - began)
  driver.set_rates(state)
end

-- A script that was interrupted is over where it would begin another load, which could measure nothing.
local function check_going_on()
  if task.all_cancelled() then
    misuse.raise("the run was interrupted: no load begins any more")
  end
  nobody.check()
end

-- Whether the window of a closed load began before all of its users had come.
local function is_rising(state)
  local over, users = state.arrivals.over or 0, state.arrivals.users
  return over > 0 and state.round ~= 0 and state.window_start - state.began < over * (users - 1) / users
end

-- For how long nobody came any more at the end of the window: 0 where that is too little to change its rates.
local function idle_end(state)
  local seconds = state.window_end - state.window_start
  local idle = state.closes_at and state.arrivals.ends and state.window_end - state.began - state.arrivals.ends or 0
  return idle > idle_share * seconds and idle or 0
end

local function warn_of_end(state)
  local measured, asked, idle = state.tally.requests, state.arrivals, idle_end(state)
  if state.is_cancelled then
    warnings.add("load_cut", nil, nil, state.label, state.window_end - state.window_start)
  elseif state.requests and not state.failure and not window.is_full(state) and measured > 0 then
    warnings.add("load_short", nil, nil, state.label, measured, state.requests, asked.text)
  elseif measured > 0 and is_rising(state) then
    warnings.add("load_rising", nil, nil, asked.text, asked.over, asked.users, asked.over)
  elseif measured > 0 and idle > 0 then
    warnings.add("load_idle", nil, nil, state.label, idle, state.window_end - state.window_start)
  end
end

-- Visits until the window is over and what they began is drained; returns what was measured. An error in a visit
-- ends the others and is raised here, once what they measured is judged.
function load.run(given)
  session.declared("bench.load")
  check_going_on()
  local read = read_options(given)
  check_descriptors(read)
  loads = loads + 1
  read.next_time = driver.plan(read.arrivals, loads) -- before the load has begun
  local load_of_all = meeting.begin(read, { number = loads, label = unique_label(read.wanted_label) })
  local state = driver.new(read, load_of_all, tally.new(read.promises))
  keep_phase(state, workers.count == 1)
  progress.load(state)
  measure(state)
  progress.load_done(state)
  if workers.count > 1 then
    keep_phase(state, false)
    meeting.join(state)
    driver.set_rates(state)
  end
  workers.align(session.seed())
  state.tally:close(state.window_start, state.window_end)
  keep_phase(state, true)
  warn_of_end(state)
  local fields = result(state)
  if state.failure then
    driver.raise(state.failure)
  end
  return fields
end

return load
