-- What the script is told of a load, the row of its phase, and the query `loads`.
local cjson = require "cjson"
local figures = require "figures"
local outside = require "outside"

local function count(requests, accept)
  local n = 0
  for _, one in ipairs(requests) do
    n = n + (accept(one) and 1 or 0)
  end
  return n
end

local function of_phase(found, number)
  local list = {}
  for _, one in ipairs(found.requests) do
    if one.phase == number then
      list[#list + 1] = one
    end
  end
  return list
end

local function is(outcome)
  return function(one)
    return one.kind == "measure" and one.outcome == outcome
  end
end

-- Tokens of answers that ended ok in the window, and of all that came in it.
local function tokens(requests, from, to)
  local completed, delivered = 0, 0
  for _, one in ipairs(requests) do
    local n = one.row.output_tokens or #one.times
    local inside = 0
    for _, at in ipairs(one.times) do
      local moment = one.row.t_start + at * 1000
      inside = inside + ((moment >= from and moment <= to) and 1 or 0)
    end
    local ended = one.row.t_end
    if ended and ended >= from and ended <= to and one.outcome == "ok" then
      completed = completed + n
    end
    if one.row.t_start and one.row.t_start >= from and ended <= to then
      delivered = delivered + n
    elseif #one.times > 0 then
      delivered = delivered + n * inside / #one.times
    end
  end
  return completed, delivered
end

-- Requests in flight inside the window: mean, peak.
local function in_flight(requests, from, to)
  local steps, busy = {}, 0
  for _, one in ipairs(requests) do
    local first, last = one.row.t_start, one.row.t_end
    if first and last >= from and first <= to then
      busy = busy + math.min(last, to) - math.max(first, from)
      steps[#steps + 1] = { math.max(first, from), 1 }
      steps[#steps + 1] = { last, -1 }
    end
  end
  table.sort(steps, function(a, b)
    return a[1] < b[1] or a[1] == b[1] and a[2] < b[2]
  end)
  local now, most = 0, 0
  for _, step in ipairs(steps) do
    now = now + step[2]
    most = math.max(most, now)
  end
  return busy / (to - from), most
end

-- The numbers of a load, from its rows.
local function expected(requests, phase)
  local from, to = phase.t_started, phase.t_ended
  local seconds = (to - from) / 1e9
  local want = { seconds = seconds, requests = count(requests, function(one) return one.kind == "measure" end) }
  for _, outcome in ipairs { "ok", "cancelled", "incomplete", "dropped" } do
    want[outcome] = count(requests, is(outcome))
  end
  want.failed = want.requests - want.ok - want.cancelled - want.incomplete - want.dropped
  want.completed, want.delivered = tokens(requests, from, to)
  want.mean_in_flight, want.peak_in_flight = in_flight(requests, from, to)
  want.answers = count(requests, function(one)
    return one.outcome == "ok" and one.row.t_end >= from and one.row.t_end <= to
  end)
  return want
end

local loaded = { "ttft", "ttfc", "tpot", "e2e", "decode_tps", "tokens_per_s", "wait", "ttft_sched", "e2e_sched",
  "connect", "headers", "end", "tokens", "prompt_tokens", "server_load", "server_queue", "server_prefill",
  "server_decode_tps" }
local rates = { decode_tps = true, tokens_per_s = true, tokens = true, prompt_tokens = true, server_decode_tps = true }

local function check_statistics(context, load, requests)
  for _, metric in ipairs(loaded) do
    local values = {}
    for _, one in ipairs(requests) do
      values[#values + 1] = one.counted and one.values[metric] or nil
    end
    local want = figures.of(values)
    for _, name in ipairs(figures.names) do
      local scale = (name == "n" or rates[metric]) and 1 or 1000
      local got = load[metric] and load[metric][name]
      outside.check(figures.same(got, want[name] and want[name] / scale, 1e-6 * (rates[metric] and 100 or 1)),
        "seed %d: load %d: %s.%s is %s, the oracle says %s", context.seed, load.phase, metric, name, got,
        want[name] and want[name] / scale)
    end
  end
end

local function check_load(context, load, requests, phase, want)
  local function check(name, got, wanted, slack)
    outside.check(figures.same(got, wanted, slack), "seed %d: load %d: %s is %s, the oracle says %s", context.seed,
      phase.number, name, got, wanted)
  end
  for _, name in ipairs { "requests", "ok", "failed", "cancelled", "incomplete", "dropped" } do
    check(name, load[name], want[name])
  end
  check("seconds", load.seconds, want.seconds, 1e-8)
  local slack = want.seconds > 0 and 1e-3 * (1 + want.delivered / want.seconds) or 0
  if want.seconds > 0 then
    check("output_tps", load.output_tps, want.completed / want.seconds, 1e-6 * slack * 1000)
    check("delivered_tps", load.delivered_tps, want.delivered / want.seconds, slack)
  end
  check("asked_rate", load.asked_rate, phase.asked_rate)
  check("achieved_rate", load.achieved_rate, phase.achieved_rate)
  check_statistics(context, load, requests)
end

local early = 100000 -- ns: so long before its plan a visit begins at most

-- How many visits were planned in a window, at least and at most: each by its first request, whose plan is later by the
-- ms that the visit thinks before it.
local function planned_visits(requests, phase, thinks)
  local function planned(from, to)
    return count(requests, function(one)
      local at = one.row.t_sched and one.row.t_sched - (one.row.t_start and thinks or 0) * 1000000
      return at and one.kind ~= "warm-up" and at >= from and at < to
    end)
  end
  if thinks == 0 then
    local all = count(requests, function(one) return one.kind == "measure" and one.row.t_sched ~= nil end)
    return all, all
  end
  return planned(phase.t_started, phase.t_ended - early), planned(phase.t_started - early, phase.t_ended)
end

-- Rates by their definition: visits planned and begun in a window of a duration, each second.
local function check_rates(context, requests, phase, want)
  local text = context.made.script:match("label = \"" .. phase.label:match "^load %d+" .. "\",(.-)\n  end }%)")
  local thinks = tonumber(text:match "targets%)%]\n *bench.sleep%(\"(%d+)ms\"%)") or 0
  local least, most = planned_visits(requests, phase, thinks)
  local is_fixed = phase.arrivals:find "^steady" or phase.arrivals:find "^poisson" or phase.arrivals:find "^gamma"
    or phase.arrivals:find "^burst"
  if context.by_time[phase.number] and not phase.arrivals:find "^closed" then
    local planned = math.max(least, math.min(most, (phase.achieved_rate * want.seconds + want.dropped + 0.5) // 1))
    local begun = planned - want.dropped
    outside.check(figures.same(phase.achieved_rate, begun / want.seconds, 1e-6), "seed %d: load %d: achieved %s, the"
      .. " oracle says %s", context.seed, phase.number, phase.achieved_rate, begun / want.seconds)
    local asked = is_fixed and tonumber(phase.arrivals:match "%(([%d.]+)/s") or not is_fixed and planned / want.seconds
    local size, every = phase.arrivals:match "^burst%((%d+) every ([%d.]+)s"
    asked = asked or size / every
    outside.check(figures.same(phase.asked_rate, asked, 1e-6), "seed %d: load %d: asked %s, the oracle says %s",
      context.seed, phase.number, phase.asked_rate, asked)
  end
  local waits = {}
  for _, one in ipairs(requests) do
    waits[#waits + 1] = one.kind == "measure" and one.values.wait or nil
  end
  if phase.start_lag_p99_ns and not text:find "at_most" then
    outside.check(phase.start_lag_p99_ns / 1e6 <= (figures.quantile(waits, 0.99) or 0) + 1e-3, "seed %d: load %d:"
      .. " start lag %s ms above the waits' %s", context.seed, phase.number, phase.start_lag_p99_ns / 1e6,
      figures.quantile(waits, 0.99))
  end
end

local function check_query(context, row, phase, want)
  local s = want.seconds
  local wanted = { seconds = s, requests = want.requests, ok = want.ok, failed = want.failed,
    dropped = want.dropped, incomplete = want.incomplete, peak_in_flight = want.peak_in_flight,
    mean_in_flight = s > 0 and want.mean_in_flight or nil, answers_per_s = s > 0 and want.answers / s or nil,
    completed_tps = s > 0 and want.completed / s or nil, delivered_tps = s > 0 and want.delivered / s or nil }
  for name, value in pairs(wanted) do
    local got = row[name]
    got = got == cjson.null and name ~= "answers_per_s" and 0 or got
    local slack = (name == "delivered_tps" or name == "mean_in_flight") and 0.001 * (1 + value) or 0.00051
    outside.check(figures.same(got, value, slack), "seed %d: load %d: query loads: %s is %s, the oracle says %s",
      context.seed, phase.number, name, got, value)
  end
end

return function(context)
  local rows = cjson.decode((context.bench("sql --query loads --json")))
  for number, phase in pairs(context.found.phases) do
    local requests = of_phase(context.found, number)
    local want = expected(requests, phase)
    local load = context.loads[number]
    if load then
      check_load(context, load, requests, phase, want)
    end
    outside.check(load ~= nil, "seed %d: load %d did not say what came of it", context.seed, number)
    outside.check(phase.dropped == want.dropped, "seed %d: load %d: %s turned away, the oracle says %d", context.seed,
      number, phase.dropped, want.dropped)
    if not (requests[1] and requests[1].row.round == 0) then
      check_rates(context, requests, phase, want)
    end
    for _, row in ipairs(rows) do
      if row.phase == number then
        check_query(context, row, phase, want)
      end
    end
  end
end
