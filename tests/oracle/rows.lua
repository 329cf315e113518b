-- Each request: the view's numbers, and where it belongs.
local figures = require "figures"
local outside = require "outside"
local raw = require "raw"

local columns = { ttft = "ttft_ms", ttfc = "ttfc_ms", e2e = "e2e_ms", tpot = "tpot_ms", wait = "wait_ms",
  connect = "connect_ms", headers = "headers_ms", ["end"] = "end_ms", tokens = "output_tokens",
  prompt_tokens = "prompt_tokens", chars = "chars", chars_per_s = "chars_per_s", tokens_per_s = "tokens_per_s",
  decode_tps = "decode_tps", server_load = "server_load_ms", server_queue = "server_queue_ms",
  server_prefill = "server_prefill_ms", server_prefill_tps = "server_prefill_tps",
  server_decode_tps = "server_decode_tps" }

local function check_view(context)
  local rows = raw.rows(context.database, "SELECT * FROM request_metrics WHERE run = " .. context.run
    .. " ORDER BY seq")
  outside.check(#rows == #context.found.requests, "seed %d: the view has %d rows", context.seed, #rows)
  for i, one in ipairs(context.found.requests) do
    local row = rows[i] or {}
    for metric, column in pairs(columns) do
      local want, is_said = one.values[metric], one.is_text or not metric:find "^chars"
      outside.check(figures.same(row[column], want) or not is_said,
        "seed %d: request %d (%s): %s is %s, the oracle says %s", context.seed, one.row.seq, one.outcome, column,
        row[column], want)
    end
    outside.check(row.token_events == #one.times or one.outcome == "dropped",
      "seed %d: request %d has %s events, its timeline %d", context.seed, one.row.seq, row.token_events, #one.times)
    local icl = figures.of(one.icl)
    outside.check(figures.same(row.icl_mean_ms, icl.mean, 0.001) and figures.same(row.icl_max_ms, icl.max, 0.001),
      "seed %d: request %d: gaps %s and %s, the oracle says %s and %s", context.seed, one.row.seq, row.icl_mean_ms,
      row.icl_max_ms, icl.mean, icl.max)
    local flagged = one.row.flags:find "burst" ~= nil
    local span = #one.times > 1 and (one.times[#one.times] - one.times[1]) / (#one.times - 1)
    outside.check(not span or one.outcome ~= "ok" or flagged == (span < 5) or math.abs(span - 5) < 1.1,
      "seed %d: request %d: %s us between events, flags %s", context.seed, one.row.seq, span, one.row.flags)
  end
end

-- One planned moment each, numbers without a hole, and times in their order.
local function check_order(context)
  local planned = {}
  for i, one in ipairs(context.found.requests) do
    local row = one.row
    outside.check(row.seq == i, "seed %d: request %d is numbered %d", context.seed, i, row.seq)
    if row.t_sched and row.phase then
      local key = row.phase .. "|" .. row.user
      outside.check(not planned[key], "seed %d: user %s of a load has two plans", context.seed, key)
      planned[key] = true
    end
    outside.check((row.outcome == "dropped") == (row.t_start == nil), "seed %d: request %d: %s, start %s", context.seed,
      i, row.outcome, row.t_start)
    outside.check(row.outcome == "dropped" or row.t_end ~= nil, "seed %d: request %d (%s) has no end", context.seed, i,
      row.outcome)
    outside.check(row.outcome ~= "running", "seed %d: request %d still runs", context.seed, i)
  end
end

-- By its plan, or where it has none by its start. Visits that are a warm-up for being among the first stay one; once as
-- many requests are measured as were asked for, what goes on belongs to the drain.
local function belongs(context, one, phase)
  local at, from, to = one.row.t_sched or one.row.t_start, phase.t_started, phase.t_ended
  local place = at < from and "warm-up" or at >= to and "drain" or "measure"
  local is_edge = math.abs(at - from) < 2 or math.abs(at - to) < 2
  if one.row.round == 0 then
    return one.kind == "warm-up", "warm-up"
  end
  return one.kind == place or is_edge or one.kind == "warm-up" and context.warm_visits[one.phase]
    or not context.by_time[one.phase] and not one.row.t_sched and place == "measure" and one.kind == "drain",
    place
end

local function check_place(context)
  for _, one in ipairs(context.found.requests) do
    local phase = one.phase and context.found.phases[one.phase]
    if phase then
      local right, place = belongs(context, one, phase)
      outside.check(right, "seed %d: request %d of load %d is %s, by its time %s (at %s or %s, window %s to %s)",
        context.seed, one.row.seq, one.phase, one.kind, place, one.row.t_sched, one.row.t_start, phase.t_started,
        phase.t_ended)
    end
  end
end

return function(context)
  context.by_time, context.warm_visits = {}, {}
  for number, phase in pairs(context.found.phases) do
    local text = context.made.script:match("label = \"" .. phase.label:match "^load %d+" .. "\",(.-)visit = ")
    context.by_time[number] = text:find "measure = " ~= nil
    context.warm_visits[number] = text:find "warm_up = %d" ~= nil
  end
  check_view(context)
  check_order(context)
  check_place(context)
end
