-- A scenario drawn from a seed: servers that answer well and badly, loads of every shape, visits of several requests.
-- The same seed gives the same text. scenario.of(seed) -> { script, plays = { name = text }, trace, flags, workers }
local scenario = {}

local function one_of(list)
  return list[math.random(#list)]
end

local function chance(share)
  return math.random() < share
end

-- ---- what a server answers ----

local words = { "a", "word ", "天", "空气", "é", "😀", " b", "\\n" }

local function quoted(text)
  return '"' .. text:gsub('"', '\\"') .. '"'
end

local function event(delta, finish)
  return quoted(('data: {"choices":[{"index":0,"delta":{%s},"finish_reason":%s}]}'):format(delta,
    finish and '"' .. finish .. '"' or "null")) .. '"\\n\\n"'
end

local function usage(prompt, output)
  return quoted(('data: {"choices":[],"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}}'):format(
    prompt, output, prompt + output)) .. '"\\n\\n"'
end

local done = '"data: [DONE]\\n\\n"'

local function text_event()
  local channel = chance(0.1) and "reasoning_content" or "content"
  return event(('"%s":"%s"'):format(channel, (one_of(words):gsub("\\n", "\\\\n"))))
end

-- Lines of a stream with so many token events; `at` ms of the last one.
local function stream(events)
  local lines, at = {}, math.random(0, 25)
  for i = 1, events do
    at = at + (i > 1 and one_of { 0, 0, 1, 3, 8 } or 0)
    lines[i] = ("  @%d %s"):format(at, text_event())
  end
  return lines, at
end

local function finished(lines, at, output)
  local last = event("", one_of { "stop", "stop", "length", "content_filter" })
  local counted = output and usage(math.random(3, 60), output) or ""
  lines[#lines + 1] = ("  @%d %s %s %s END"):format(at + math.random(0, 4), last, counted, done)
end

local answers = {}

function answers.good(lines)
  local events = one_of { 1, 2, 3, 5, 8, 13, 21 }
  local more, at = stream(events)
  finished(more, at, one_of { events, events, events, events + 7, false })
  table.move(more, 1, #more, #lines + 1, lines)
end

function answers.empty(lines)
  finished(lines, 5, 0)
end

function answers.refused(lines)
  local status = one_of { 429, 503, 500, 400 }
  table.move({ "  status " .. status, "  header Retry-After: 0", "  header Content-Type: application/json",
    "  framing length", '  @2 "{\\"error\\":{\\"message\\":\\"no\\"}}" END' }, 1, 5, #lines + 1, lines)
end

local function broken_off(ending)
  return function(lines)
    local more, at = stream(math.random(0, 4))
    more[#more + 1] = ("  @%d %s"):format(at + 2, ending)
    table.move(more, 1, #more, #lines + 1, lines)
  end
end

answers.reset = broken_off "RST"
answers.closed = broken_off "CLOSE"
answers.unfinished = broken_off "END"
answers.error = broken_off('"data: {\\"error\\":{\\"message\\":\\"engine died\\"}}\\n\\n" ' .. done .. " END")
answers.silent = broken_off '":\\n\\n"'

local troubles = { "empty", "refused", "refused", "reset", "closed", "unfinished", "error", "silent" }

local function play(share_of_trouble)
  local lines = {}
  for _ = 1, 60 do
    lines[#lines + 1] = "request POST /v1/chat/completions"
    answers[chance(share_of_trouble) and one_of(troubles) or "good"](lines)
  end
  lines[#lines + 1] = "request POST /v1/chat/completions"
  answers.good(lines)
  return table.concat(lines, "\n") .. "\n"
end

-- ---- what is asked ----

local function trace()
  local lines, at = {}, 1700000000000
  for i = 1, 25 do
    at = at + one_of { 0, 5, 17, 40 }
    lines[i] = ('{"timestamp": %d, "input_length": %d}'):format(at, i)
  end
  return table.concat(lines, "\n") .. "\n"
end

-- Its text, how many visits a second about, and whether it ends by itself.
local shapes = {
  function() return ("bench.closed(%d)"):format(math.random(1, 6)) end,
  function() return ("bench.closed(%d, { over = \"120ms\" })"):format(math.random(2, 5)) end,
  function() return ("bench.steady(%.2f)"):format(20 + math.random() * 60), true end,
  function() return "bench.steady(0.7)", true end,
  function() return ("bench.poisson(%.2f)"):format(20 + math.random() * 60), true end,
  function() return ("bench.gamma(%.1f, %.1f)"):format(20 + math.random() * 60, one_of { 0.4, 2.5 }), true end,
  function() return ("bench.ramp(%d, %d, \"300ms\")"):format(math.random(0, 20), math.random(1, 90)), true end,
  function() return "bench.ramp(5, 80, \"400ms\", { growth = \"exponential\" })", true end,
  function() return ("bench.burst(%d, \"%dms\")"):format(math.random(1, 7), math.random(60, 200)), true end,
  function() return ("bench.replay(\"trace.jsonl\", { speed = %.1f })"):format(one_of { 1, 1.5, 3 }), true, true end,
}

local slos = {
  "ttft p50 < 1s", "ttft p95 < 15ms", "e2e mean < 60ms", "tpot max < 9ms", "errors < 10%", "errors < 10% for en",
  "goodput(ttft < 20ms, tpot < 4ms) > 50%", "goodput(e2e < 40ms) > 10 /s", "itl p50 < 5ms", "icl p90 < 7ms",
  "wait max < 50ms", "e2e_sched p90 < 80ms", "decode_tps mean > 100", "tokens min >= 1", "ttfc stddev < 10ms",
  "check(odd) > 40%", "seen mean > 3ms", "ttft p50 < 12ms for zh", "chars mean > 3", "chars_per_s p50 > 10",
}

local function some_slos()
  local chosen = {}
  for _, sentence in ipairs(slos) do
    if chance(0.5) then
      chosen[#chosen + 1] = ("%q"):format(sentence)
    end
  end
  return "{ " .. table.concat(chosen, ", ") .. " }"
end

local function visit()
  local lines = { "    local one = targets[user:random(#targets)]" }
  for turn = 1, one_of { 1, 1, 2, 3 } do
    if chance(0.2) or turn > 1 and chance(0.5) then
      lines[#lines + 1] = ("    bench.sleep(\"%dms\")"):format(math.random(1, 30))
    end
    lines[#lines + 1] = ("    local reply = one:%s, { max_tokens = 30, label = %s, stream = %s, retries = %d,"):format(
      one_of { 'ask("q " .. user:random(50)', 'ask(user:pick { "one", "two", "three" }',
        'chat({ { role = "user", content = "turn" } }' },
      one_of { "nil", '"zh"', '"en"', 'user:random(2) == 1 and "zh" or "en"' }, chance(0.85), one_of { 0, 0, 2 })
    lines[#lines + 1] = ("      timeouts = { idle = \"200ms\", first_token = \"300ms\" }, cancel_after = %s })"):format(
      one_of { "nil", "nil", "nil", '"15ms"' })
    if chance(0.15) then
      lines[#lines + 1] = "    reply = one:embed({ \"a\", \"b\" }, { label = \"vector\" })"
    elseif chance(0.1) then
      lines[#lines + 1] = "    http.get(one.url .. \"/v1/models\", { label = \"plain\" })"
    end
    if chance(0.5) then
      lines[#lines + 1] = "    bench.check(reply, \"odd\", user.number % 2 == 1)"
    end
    if chance(0.5) then
      lines[#lines + 1] = "    bench.record(\"seen\", user.number, \"ms\")"
    end
  end
  return table.concat(lines, "\n")
end

local function load(number, is_in_rounds)
  local shape, is_open, is_finite = one_of(shapes)()
  local fields = { ("label = \"load %d\""):format(number), "arrivals = " .. shape }
  if not (is_finite and chance(0.6)) then
    fields[#fields + 1] = (chance(0.6) or shape:find "0.7") and ("measure = \"%dms\""):format(math.random(250, 700))
      or ("requests = %d"):format(math.random(3, 30))
  end
  fields[#fields + 1] = one_of { "", "warm_up = \"120ms\"", ("warm_up = %d"):format(math.random(1, 5)) }
  if is_open and chance(0.5) then
    fields[#fields + 1] = ("at_most = %d"):format(math.random(1, 5))
    fields[#fields + 1] = chance(0.5) and "when_full = \"drop\"" or nil
  end
  fields[#fields + 1] = chance(0.4) and "drain = \"60ms\"" or nil
  fields[#fields + 1] = "slo = " .. some_slos()
  local list = {}
  for _, field in ipairs(fields) do
    list[#list + 1] = field ~= "" and "  " .. field .. "," or nil
  end
  local targets = is_in_rounds and "    local targets = { backend }\n" or ""
  return ("function()\n  return show(bench.load {\n%s\n  visit = function(user)\n%s%s\n  end })\nend"):format(
    table.concat(list, "\n"), targets, visit())
end

local head = [[
local bench = require "bench"
local opt = bench.scenario {
  summary = "drawn from a seed",
  options = { { "targets", { "sim" }, "whom to ask" }, { "rounds", 0, "rounds before the loads" } },
  metrics = { { "seen", "ms", "a number of the user", better = "lower" } },
  expect = EXPECT,
}
local targets = {}
for i, address in ipairs(opt.targets) do
  targets[i] = bench.backend(address)
end
local function show(load)
  print("LOAD " .. json.encode(load))
end
if opt.rounds > 0 then
  for backend, round in bench.rounds(targets, opt.rounds) do
    local reply = backend:ask("round " .. round, { max_tokens = 30,
      timeouts = { idle = "200ms", first_token = "300ms" } })
    bench.record("seen", round, "ms")
    bench.check(reply, "odd", round % 2 == 1)
    IN_ROUNDS
  end
end
]]

function scenario.of(seed)
  math.randomseed(seed)
  local made = { plays = {}, trace = trace(), workers = one_of { 1, 1, 2, 3 } }
  made.rounds = made.workers == 1 and one_of { 0, 0, 3 } or 0
  local addresses = { "a=sim@kind=openai@play=a.play" }
  made.plays["a.play"] = play(one_of { 0, 0.1, 0.5 })
  if chance(0.6) then
    addresses[2] = one_of { "b=sim@kind=openai@play=b.play", "b=sim@kind=ollama@ttft=8ms@tpot=1ms@output_tokens=6",
      "b=sim@kind=ollama@ttft=8ms@tpot=1ms@output_tokens=6@load=60ms",
      "b=sim@kind=llamacpp@ttft=5ms@tpot=2ms@output_tokens=5@slots=2@fail_every=7" }
    made.plays["b.play"] = play(one_of { 0, 0.3 })
  end
  made.targets = table.concat(addresses, ",")
  local number = made.rounds > 0 and 1 or 0
  local parts = { EXPECT = some_slos(), IN_ROUNDS = number == 1 and (";(%s)()"):format(load(1, true)) or "" }
  local text = { (head:gsub("%u%u+_?%u+", parts)) }
  for _ = 1, 3 do
    number = number + 1
    if chance(0.3) then
      text[#text + 1] = ("bench.together { %s, %s }"):format(load(number), load(number + 1))
      number = number + 1
    else
      text[#text + 1] = ("(%s)()"):format(load(number))
    end
  end
  made.script = table.concat(text, "\n;\n") .. "\n"
  return made
end

return scenario
