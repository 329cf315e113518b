-- Measures the measuring: streams of a simulated server whose every token is the moment of its sending. What our
-- stamp of its arrival says beyond that is our own error, the way through the kernel and the few µs in which the
-- server writes the event included.
local clock = require "core.clock"
local dialect = require "bench.dialect"
local extract = require "core.extract"
local http = require "core.http"
local json = require "bench.json"
local machine = require "core.machine"
local quantile = require "core.quantile"
local sim = require "core.sim"
local task = require "core.task"

local streams = {}

local START_GAP = 300e-6 -- s between the starts of two streams: connecting is not what is measured
local KEPT_UP = 0.95     -- of the rate that was asked for: less is not kept up

local NEVER_TOGETHER = "the streams did not run at the same time: this machine is too slow for so many"

local places = dialect.stream_plan()

local function spawn_server(load, tokens)
  return sim.spawn(("kind=openai@stamps=true@cache=false@prefill_tps=0@slots=%d@ttft=%.0fus@tpot=%.0fus"
    .. "@output_tokens=%d@context=1048576"):format(load.streams, load.gap * 1e6, load.gap * 1e6, tokens))
end

local function prepare(address)
  return http.prepare {
    method = "POST",
    url = "http://" .. address .. "/v1/chat/completions",
    headers = { "Content-Type: application/json" },
    timeouts = { connect = 30, first_token = 60, idle = 60 },
    plan = assert(extract.compile(places.places, places.done_text)),
    wants_tokens = true,
    stream = true,
    framing = places.framing,
  }
end

local function body_of(tokens)
  return json.encode { model = "sim", stream = true, max_tokens = tokens,
    messages = json.array { { role = "user", content = "stream" } } }
end

local function begin(prepared, body, lane, at)
  clock.sleep(math.max(0, at - clock.now()))
  return http.exchange { prepared = prepared, body = body, lane = lane }
end

-- All answers, each of which must be whole; or nil and what went wrong.
local function ask_all(load, prepared, body)
  local tasks, answers = {}, {}
  local start = clock.now()
  for i = 1, load.streams do
    tasks[i] = task.spawn(begin, prepared, body, i - 1, start + (i - 1) * START_GAP)
  end
  for i = 1, load.streams do
    local done, exchange = task.join(tasks[i])
    if not done then
      error(exchange, 0)
    end
    answers[i] = exchange
  end
  for _, exchange in ipairs(answers) do
    if exchange.outcome ~= "ok" then
      return nil, exchange.error_message or exchange.outcome
    end
  end
  return answers
end

-- When each token was sent and when it came, in ns.
local function times_of(exchange)
  local sent, came = {}, {}
  for stamp in exchange.texts[1]:gmatch "%d+" do
    sent[#sent + 1] = math.tointeger(stamp)
  end
  local t0 = exchange.started_ns
  for i, seconds in ipairs(exchange:event_times()) do
    came[i] = t0 + seconds * 1e9
  end
  if #sent ~= #came then
    error(("%d tokens came in %d events"):format(#sent, #came), 0)
  end
  return sent, came
end

-- The span in which every stream was running.
local function steady_span(all)
  local from, to = math.mininteger, math.maxinteger
  for _, times in ipairs(all) do
    from = math.max(from, times.sent[1])
    to = math.min(to, times.sent[#times.sent])
  end
  return from, to
end

local function errors_between(all, from, to)
  local errors = {}
  for _, times in ipairs(all) do
    for i, sent in ipairs(times.sent) do
      if sent >= from and sent <= to then
        errors[#errors + 1] = math.abs(times.came[i] - sent)
      end
    end
  end
  return errors
end

local function judge(load, answers, ended_ns, lag)
  local all, last = {}, 0
  for i, exchange in ipairs(answers) do
    local sent, came = times_of(exchange)
    all[i] = { sent = sent, came = came }
    last = math.max(last, sent[#sent])
  end
  local from, to = steady_span(all)
  local errors = errors_between(all, from, to)
  if to <= from or #errors < 2 then
    return nil, NEVER_TOGETHER
  end
  local seconds = (to - from) / 1e9
  local rate = #errors / seconds
  return {
    streams = load.streams, events = #errors, rate = rate, lag_p99 = lag.p99,
    p50 = quantile.linear(errors, 0.5) / 1e9, p99 = quantile.linear(errors, 0.99) / 1e9,
    max = quantile.linear(errors, 1) / 1e9,
    server_kept_up = rate >= KEPT_UP * load.streams / load.gap,
    client_kept_up = (ended_ns - last) / 1e9 <= math.max(load.gap, (1 - KEPT_UP) * seconds),
  }
end

local function measure_for(load, seconds)
  local tokens = math.ceil((load.streams * START_GAP + seconds) / load.gap) + 1
  local address, message = spawn_server(load, tokens)
  if not address then
    return nil, message
  end
  machine.loop_lag(true)
  local answers, failure = ask_all(load, prepare(address), body_of(tokens))
  local ended_ns, lag = clock.now_ns(), machine.loop_lag(true)
  sim.stop(address)
  if not answers then
    return nil, failure
  end
  return judge(load, answers, ended_ns, lag)
end

-- load: { streams, gap = s between the tokens of one, seconds = how long all of them run, tries }.
-- -> { streams, events, rate (events/s), p50, p99, max (s), lag_p99 (s), server_kept_up, client_kept_up } or nil
-- and why not. On a slow machine the first streams end before the last begin: each further try is twice as long.
function streams.measure(load)
  local seconds, result, message = load.seconds, nil, nil
  for _ = 1, load.tries or 1 do
    result, message = measure_for(load, seconds)
    if result or message ~= NEVER_TOGETHER then
      break
    end
    seconds = 2 * seconds
  end
  return result, message
end

return streams
