-- What bench says of a real server, held against what the server says of itself:
--   check.lua BENCH WORK llamacpp ADDRESS MODEL PID
--   check.lua BENCH WORK ollama ADDRESS MODEL PID
--   check.lua BENCH WORK vllm ADDRESS MODEL PID
--   check.lua BENCH WORK story F16-ADDRESS Q4_0-ADDRESS
--   check.lua BENCH WORK engines OLLAMA-ADDRESS MODEL LLAMA-ADDRESS
-- WORK is an empty folder. Each check prints its numbers; the exit code says whether all held.
local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. package.path
local cjson = require "cjson"
local ledger = require "ledger"
local load_vllm = require "load_vllm"
local server = require "server"

local bench, work, kind, address, model = arg[1], arg[2], arg[3], arg[4], arg[5]
local pid = arg[6]
assert(pid or kind == "story", "usage: check.lua BENCH WORK KIND ADDRESS MODEL PID")

local DECODE_TOLERANCE = 0.02
local SMALL_MS = 100 -- what may lie between the server's load + prefill and our TTFT
local failures = 0

local function check(condition, ...)
  local words = string.format(...)
  print((condition and "  ok      " or "  WRONG   ") .. words)
  if not condition then failures = failures + 1 end
end

local function output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("a")
  local _, _, code = pipe:close()
  return text, code
end

local function write(name, text)
  local file <close> = assert(io.open(work .. "/" .. name, "wb"))
  file:write(text)
end

local HEAD = [[
local bench = require "bench"
local opt = bench.scenario { summary = "real", options = { { "server", "sim", "where" } } }
local backend = bench.backend(opt.server)
]]

local function full_address(model_name, as_kind)
  return string.format("%s://%s#%s", as_kind or kind, address, model_name or model)
end

-- Runs a scenario; its rows, what it printed, its exit code. as_kind: how the server is asked, nil: as what it is.
local function run(name, body, model_name, as_kind)
  write(name .. ".lua", HEAD .. body)
  local database = work .. "/" .. name .. ".db"
  os.remove(database)
  local _, code = output(string.format("'%s' run '%s/%s.lua' --db '%s' --server '%s' >'%s/%s.out' 2>&1", bench, work,
    name, database, full_address(model_name, as_kind), work, name))
  local file <close> = assert(io.open(work .. "/" .. name .. ".out", "rb"))
  local text = file:read "a"
  return { database = database, text = text, code = code }
end

local function query(result, sql)
  write("query.sql", sql)
  local text = output(string.format("'%s' sql --db '%s' --format json <'%s/query.sql'", bench, result.database, work))
  local rows = cjson.decode(text)
  for _, row in ipairs(rows) do
    for key, value in pairs(row) do
      if value == cjson.null then
        row[key] = nil
      elseif type(value) == "number" then
        row[key] = math.tointeger(value) or value
      end
    end
  end
  return rows
end

local function requests(result)
  return query(result, "SELECT * FROM request_metrics WHERE phase_kind = 'measure' ORDER BY seq")
end

local function warned(result, pattern)
  for _, row in ipairs(query(result, "SELECT code, text FROM warnings")) do
    if (row.code .. " " .. row.text):find(pattern) then return true end
  end
  return false
end

local function probe()
  local text, code = output(string.format("'%s' probe 'http://%s%s' --json 2>&1", bench, address,
    kind == "ollama" and "#" .. model or "")) -- an Ollama may keep several
  local ok, rows = pcall(cjson.decode, text)
  check(code == 0 and ok, "bench probe ends with 0 and JSON")
  check(text:find(kind, 1, true) ~= nil, "bench probe says %s", kind)
  local name = model:match("([^/]+)%.gguf$") or model
  check(ok and rows[1] and tostring(rows[1].model):find(name, 1, true) ~= nil, "bench probe names the model %s", name)
  if not ok then print(text, rows) end
end

local function sky_blue()
  local database = work .. "/sky_blue.db"
  local text, code = output(string.format("cd '%s/../..' && '%s' run scripts/sky_blue.lua --times 3 --db '%s'"
    .. " --backends '%s' 2>&1", here, bench, database, full_address()))
  check(code == 0, "sky_blue ends with 0")
  check(text:find("3 of 3", 1, true) ~= nil, "sky_blue: 3 of 3 answered")
  print((text:gsub("[^\n]+", "            %0")))
end

local function fingerprint(result)
  local row = query(result, "SELECT * FROM backends")[1]
  for _, column in ipairs(server.known[kind]) do
    check(row[column] ~= nil, "fingerprint: %s = %s", column, tostring(row[column]))
  end
end

-- The same question, new to the server each time: a count of tokens, not of a cache.
local function tokens()
  for i, question in ipairs { "Why is the sky blue?", "为什么天空是蓝色的" } do
    local right = server.ask(kind, address, model, question, 24)
    local result = run("tokens" .. i, server.before_cold[kind] .. string.format(
      "backend:ask(%q, { max_tokens = 24, temperature = 0, seed = 1 })\n", question))
    local row = requests(result)[1] or {}
    check(row.outcome == "ok", "%s: outcome %s", question, tostring(row.outcome))
    check(row.prompt_tokens == right.prompt, "%s: prompt tokens %s, the server says %s", question,
      tostring(row.prompt_tokens), tostring(right.prompt))
    check(row.output_tokens == right.output, "%s: output tokens %s, the server says %s", question,
      tostring(row.output_tokens), tostring(right.output))
    check(row.answer == right.text, "%s: the same text", question)
    if i == 1 then fingerprint(result) end
  end
end

-- The same server by its OpenAI API: what it is and what it counts are the same, or unknown.
local function openai_route()
  local body = server.before_cold[kind] .. [[
for _ = 1, 3 do backend:ask("What else is blue?", { max_tokens = 12, temperature = 0, seed = 1 }) end
]]
  local native, route = run("native", body), run("route", body:gsub("backend:unload%(%)\n", ""), nil, "openai")
  local own, other = query(native, "SELECT * FROM backends")[1], query(route, "SELECT * FROM backends")[1]
  for _, column in ipairs { "parameters", "quantization", "context", "digest" } do
    check(other[column] == own[column], "by the OpenAI API %s = %s", column, tostring(other[column]))
  end
  local own_rows, rows = requests(native), requests(route)
  check(#rows == 3 and #own_rows == 3, "3 answers by each")
  for i, row in ipairs(rows) do
    check(row.outcome == "ok" and row.output_tokens == own_rows[1].output_tokens and row.answer == own_rows[1].answer,
      "the same answer of %s tokens", tostring(row.output_tokens))
    check(row.prompt_tokens == nil or row.prompt_tokens == own_rows[1].prompt_tokens,
      "prompt %d: %s tokens, or unknown", i, tostring(row.prompt_tokens))
  end
end

-- Held for the median of five answers, so that one moment of a busy machine decides nothing.
local function median(list)
  table.sort(list)
  return list[(#list + 1) // 2]
end

local function clocks()
  if not server.has_clock[kind] then
    return print("  not     decode rate against the server's clock: " .. kind .. " gives none in its answers")
  end
  local result = run("clocks", [[
for _ = 1, 5 do backend:ask("Tell me about the sky.", { max_tokens = 128, temperature = 0, ignore_eos = true }) end
]])
  local errors, rest = {}, {}
  for _, row in ipairs(requests(result)) do
    if row.output_tokens and row.output_tokens >= 32 and row.decode_tps and row.server_decode_tps then
      errors[#errors + 1] = math.abs(row.decode_tps / row.server_decode_tps - 1)
      rest[#rest + 1] = row.ttft_ms - (row.server_load_ms or 0) - (row.server_prefill_ms or 0)
      print(string.format("          %d tokens, %.2f tok/s here, %.2f by the server; TTFT %.2f ms, "
        .. "%.2f beside load and prefill", row.output_tokens, row.decode_tps, row.server_decode_tps, row.ttft_ms,
        rest[#rest]))
    end
  end
  check(#errors == 5, "5 answers of 32 tokens or more with both rates (%d)", #errors)
  if #errors == 0 then return end
  check(median(errors) < DECODE_TOLERANCE, "decode rate within 2 %% of the server's (%.2f %%)", 100 * median(errors))
  check(rest[1] > 0 or median(rest) > 0, "TTFT is more than load and prefill (%.2f ms)", median(rest))
  check(median(rest) < SMALL_MS, "and not by much (%.2f ms)", median(rest))
end

local function cold_start()
  if kind ~= "ollama" then return end
  local result = run("cold", [[
backend:unload()
for _ = 1, 3 do backend:ask("Why is the sky blue?", { max_tokens = 8, temperature = 0 }) end
]])
  local rows = requests(result)
  check(#rows == 3 and rows[1].cold_start == 1, "the first ask after unload is a cold start")
  check(#rows == 3 and rows[3].cold_start == 0, "the third is none")
  check(#rows == 3 and rows[1].server_load_ms > rows[3].server_load_ms, "load %.1f ms, then %.1f",
    rows[1].server_load_ms or -1, rows[3] and rows[3].server_load_ms or -1)
end

local function prompt_cache()
  local result = run("cache", server.before_cold[kind] .. [[
local text = ("the sky looks blue because tiny molecules scatter short waves of sunlight. "):rep(6)
for _ = 1, 2 do backend:ask(text, { max_tokens = 4, temperature = 0 }) end
]])
  local first, second = table.unpack(requests(result))
  first, second = first or {}, second or {}
  local function n(value) return value or -1 end
  print(string.format("          first: prompt %d, evaluated %d, cached %d; second: %d, %d, %d", n(first.prompt_tokens),
    n(first.evaluated_tokens), n(first.cached_tokens), n(second.prompt_tokens), n(second.evaluated_tokens),
    n(second.cached_tokens)))
  check(first.prompt_tokens ~= nil, "the cold prompt is counted")
  check(second.prompt_tokens == nil or second.prompt_tokens == first.prompt_tokens,
    "the cached prompt counts the same or is unknown, never less")
  check((second.evaluated_tokens or 0) < (first.evaluated_tokens or first.prompt_tokens or 0),
    "less is evaluated the second time")
  check((second.flags or ""):find("cached") ~= nil, "and flagged cached")
end

local function too_long()
  local result = run("long", [[
backend:ask(("why is the sky blue "):rep(2000), { max_tokens = 4 })
]])
  local row = requests(result)[1] or {}
  if kind == "ollama" then
    check(row.outcome == "ok" and warned(result, "trunc") or warned(result, "cut"), "a prompt cut in silence is said")
  else
    check(row.error_kind == "http_400", "too long a prompt: %s", tostring(row.error_kind))
    check((row.error_message or ""):find("context") ~= nil, "with the server's words: %s", row.error_message or "")
  end
end

local function unknown_model()
  local result = run("unknown", 'backend:ask("hi", { max_tokens = 4 })\n', "no-such-model")
  if kind == "llamacpp" then
    check(result.text:find("no-such-model", 1, true) ~= nil, "an ignored model name is said")
    return
  end
  local row = requests(result)[1]
  check(result.code ~= 0, "an unknown model ends with %d", result.code)
  check(result.text:find("no-such-model", 1, true) ~= nil, "and its name is in the words")
  if row then check(row.error_kind == "http_404", "as http_404 (%s)", tostring(row.error_kind)) end
end

-- Of the answers that did not end ok the one with the most token events; whether any did.
local function cut_of(rows)
  local cut, any_ok = {}, false
  for _, row in ipairs(rows) do
    if row.outcome == "ok" then
      any_ok = true
    elseif not cut.outcome or (row.token_events or 0) > (cut.token_events or 0) then
      cut = row
    end
  end
  return cut, any_ok
end

-- In mid-stream the process that computes is killed, as soon as the script has heard a token; what had come is kept.
-- A small model on a busy machine may be done before: then it is a later answer that is cut, and of several that are
-- asked at once one is in mid-stream then.
local function killed()
  os.remove(work .. "/killed.out") -- of the server before this one
  write("kill.sh", string.format([[
heard=0
until grep -q "a token" '%s/killed.out' 2>/dev/null || [ $heard -gt 1500 ]; do
  heard=$((heard + 1))
  sleep 0.02
done
kill -KILL %s
]], work, server.process_to_kill(kind, pid)))
  os.execute(string.format("sh '%s/kill.sh' &", work))
  local result = run("killed", string.format([[
local heard, is_cut, users = 0, false, {}
local function user()
  for _ = 1, 5 do
    local reply = backend:ask("Tell me about the sky.", {
      max_tokens = %d, temperature = 0, ignore_eos = true, timeouts = { idle = "5s", first_token = "10s" },
      on_token = function()
        heard = heard + 1
        if heard == 3 then print "a token" end
      end,
    })
    is_cut = is_cut or not reply.ok
    if is_cut then return end
  end
end
for number = 1, %d do
  users[number] = user
end
bench.together(users)
]], server.most_tokens[kind], server.at_once[kind]))
  local row, any_ok = cut_of(requests(result))
  check(row.outcome == "truncated" or row.outcome == "failed", "killed in mid-stream: %s (%s: %s)",
    tostring(row.outcome), tostring(row.error_kind), tostring(row.error_message))
  check((row.token_events or 0) > 0, "%d token events were kept", row.token_events or 0)
  check(result.code == (any_ok and 0 or 4), "exit %d", result.code)
end

local function free_port()
  local python = "import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])"
  return output("python3 -c '" .. python .. "'"):match("%d+")
end

-- The shell command that starts a llama-server and leaves its process in WORK/NAME.pid.
local function start_llama(name, port, file)
  local at = ("%s/%s"):format(work, name)
  local form = "%s %s -m models/%s >'%s.out' 2>&1; sed -n 's/.* PID=\\([0-9]*\\) .*/\\1/p' '%s.out' >'%s.pid'"
  return form:format(os.getenv("LLAMA_START"), port, file, at, at, at)
end

-- While it is measured it is started again with other weights.
local function started_again()
  if kind ~= "llamacpp" then return end
  local port = free_port()
  os.execute(start_llama("again", port, "slow.gguf"))
  address = "127.0.0.1:" .. port
  write("again.sh", string.format("until grep -q restart '%s/restarted.out' 2>/dev/null; do sleep 0.05; done\n"
    .. "kill -KILL $(cat '%s/again.pid')\n%s\n", work, work, start_llama("again", port, "tiny.gguf")))
  os.execute(string.format("timeout 60 sh '%s/again.sh' &", work))
  local result = run("restarted", [[
backend:ask("hi", { max_tokens = 2 })
print "restart"
bench.sleep "2s"
for _ = 1, 3000 do
  if backend:ask("hi", { max_tokens = 2 }).ok then break end
  bench.sleep "5ms"
end
]], "slow")
  check(warned(result, "^changed .*model slow, then tiny"), "a server that is started again with other weights is said")
end

-- Asked again and again from before it listens until it answers.
local function loading()
  if kind ~= "llamacpp" then return end
  local port = free_port()
  os.execute(string.format("(%s) &", start_llama("loading", port, "slow.gguf")))
  address = "127.0.0.1:" .. port
  local result = run("loading", [[
for _ = 1, 3000 do
  local reply = backend:ask("hi", { max_tokens = 2 })
  if reply.ok then break end
  bench.sleep("5ms")
end
]])
  local kinds = {}
  for _, row in ipairs(requests(result)) do kinds[row.error_kind or row.outcome] = true end
  local list = {}
  for name in pairs(kinds) do list[#list + 1] = name end
  table.sort(list)
  check(kinds.ok, "a server that is loading is asked until it answers: %s", table.concat(list, ", "))
  for _, name in ipairs(list) do
    check(name == "ok" or name == "connect" or name == "http_503", "and says %s meanwhile", name)
  end
end

local function under_load()
  if kind ~= "vllm" then return end
  local real = { address = address, check = check, output = output, run = run, query = query }
  load_vllm.check(real, 32)
  load_vllm.check(real, 128)
end

local function counted()
  if kind == "llamacpp" then
    ledger.check { address = address, check = check, output = output, run = run, query = query }
  end
end

-- Two forms of the weights in one engine: the speed differs by about their sizes, and it is said why.
local function story()
  local database = work .. "/story.db"
  local text, code = output(string.format("cd '%s' && '%s' run weights.lua --db '%s' --backends "
    .. "'f16=llamacpp://%s,q4_0=llamacpp://%s' 2>&1", here, bench, database, address, model))
  print((text:gsub("[^\n]+", "            %0")))
  check(code == 0, "ends with 0")
  check(text:find("NOT THE SAME EXPERIMENT", 1, true) ~= nil, "NOT THE SAME EXPERIMENT")
  text = output(string.format("'%s' compare last --db '%s' 2>&1", bench, database))
  print((text:gsub("[^\n]+", "            %0")))
  check(text:find("NOT THE SAME EXPERIMENT %([^)]*quantisation"), "not the same experiment: quantisation")
  local ratio = query({ database = database }, [[SELECT max(p50) FILTER (WHERE backend = 'q4_0')
    / max(p50) FILTER (WHERE backend = 'f16') AS ratio FROM run_summary
    WHERE metric = 'server_decode_tps']])[1].ratio
  check(ratio and ratio > 1.3 and ratio < 4, "Q4_0 decodes %.2f times as fast as F16 (about 2)", ratio or 0)
end

local function engines()
  local llama = pid
  local database = work .. "/engines.db"
  local text, code = output(string.format("cd '%s/../..' && '%s' run scripts/sky_blue.lua --db '%s' --backends "
    .. "'ollama://%s#%s,llamacpp://%s' 2>&1", here, bench, database, address, model, llama))
  print((text:gsub("[^\n]+", "            %0")))
  check(code == 0, "ends with 0")
  check(text:find("NOT THE SAME EXPERIMENT", 1, true) ~= nil, "NOT THE SAME EXPERIMENT")
  check(text:find("Q4_0", 1, true) ~= nil and text:find("F16", 1, true) ~= nil, "Q4_0 against F16")
  check(text:find("10 of 10", 1, true) ~= nil, "10 of 10 answered")
end

local function main()
  if kind == "story" then
    story()
  elseif kind == "engines" then
    engines()
  else
    local checks = { probe, sky_blue, tokens, openai_route, clocks, cold_start, prompt_cache, too_long, unknown_model,
      loading, started_again, under_load, counted }
    for _, each in ipairs(checks) do
      local before = address
      each()
      address = before
    end
    killed()
  end
  os.exit(failures == 0)
end

main()
