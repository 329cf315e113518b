-- Made-up answers of every server, each of which must be measured as it was meant:
--   lua5.4 run.lua BENCH [SEED [COUNT [clear | tls | h2]]]
-- The stories SEED to SEED + COUNT - 1 are played by one simulated server, or by secure_server.py, and asked for by one
-- run. CASES_KEEP=1 keeps the folder of it.
local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. package.path
local cjson = require "cjson"
local compare = require "compare"
local dialects = require "dialects"
local framing = require "framing"
local road = require "road"
local story_of = require "story"
local truth_of = require "truth"
local wire = require "wire"

local AT_ONCE = 8 -- asks of a run that are under way together

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

local function shell(...)
  return os.execute((...):format(select(2, ...)))
end

local function made(seed, which_road)
  local story = story_of.new(seed)
  story.voice = dialects.voice(story)
  local tellings = {}
  for i, message in ipairs(story.messages) do
    local tell = story.framing == "whole" and not message.error and story.dialect.whole
    local text = tell and require("json_text").write(story.voice.style, tell(story.voice, message))
    tellings[i] = { message = message, text = text or dialects.tell(story, story.voice, message) }
  end
  local body, marks = framing.write(story.framing, tellings)
  story.plan = wire.plan(story, body, marks, which_road)
  road.dress(story.plan, which_road)
  story.truth = truth_of.of(story, story.plan, marks, #body)
  story.path = "/s" .. seed
  return story
end

local SCRIPT = [[
local bench = require "bench"
local opt = bench.scenario { summary = "stories", options = { { "server", "openai://127.0.0.1:1#m", "where" } } }
local stories = %s
local function ask(story)
  local address = opt.server:gsub("^%%w+", story.kind):gsub("localhost", story.host):gsub("#", story.path .. "#")
  local backend = bench.backend(address, { http2 = %s })
  local heard = {}
  local settings = { max_tokens = 64, stream = story.stream, label = story.label, cancel_after = story.leaves or nil,
    timeouts = { first_token = story.patience or nil, idle = story.patience or nil } }
  if story.listens then
    settings.on_token = function(text, t) heard[#heard + 1] = { text, t } end
  end
  local reply = story.call == "chat" and backend:ask("hi", settings) or backend:complete("hi", settings)
  print(json.encode { label = story.label, text = reply.text, reasoning = reply.reasoning, texts = reply.texts,
    finish = reply.finish_reason, calls = reply.tool_calls, ok = reply.ok, tokens = { output = reply.tokens.output },
    ttft = reply.ttft, tpot = reply.tpot, e2e = reply.e2e, error = reply.error and reply.error.message, heard = heard })
end
for from = 1, #stories, %d do
  local together = {}
  for i = from, math.min(from + %d, #stories) do
    together[#together + 1] = function() ask(stories[i]) end
  end
  bench.together(together)
end
]]

local STORY = "{ kind = %q, call = %q, path = %q, label = %q, stream = %s, listens = %s, patience = %s, leaves = %s, "
  .. "host = %q },"

local hosts = { "localhost", "other.localhost" } -- in turn: connections of both are kept side by side

local function script_of(stories, which_road)
  local lines = {}
  for i, story in ipairs(stories) do
    local dialect, plan = story.dialect, story.plan
    lines[i] = STORY:format(dialect.kind, dialect.call, story.path, "s" .. story.seed, story.asks_stream, story.listens,
      plan.act == "STALL" and (plan.end_ms + 250) / 1e3, plan.leaves_ms and plan.leaves_ms / 1e3,
      hosts[i % #hosts + 1])
  end
  return SCRIPT:format("{\n" .. table.concat(lines, "\n") .. "\n}", which_road == "h2", AT_ONCE, AT_ONCE - 1)
end

local function play_of(stories)
  local parts = {}
  for i, story in ipairs(stories) do
    parts[i] = wire.play(story.plan, story.path .. story.dialect.path)
      .. ("default GET %s/v1/models {\"data\":[{\"id\":\"m\"}]}\n"):format(story.path)
  end
  return table.concat(parts)
end

-- By path: the sends of the last request there, with how it was asked and how often (asked, count).
local function sends_of(log)
  local by_number, by_path = {}, {}
  for line in log:gmatch("[^\n]+") do
    local entry = cjson.decode(line)
    if entry.path then
      local before = by_path[entry.path]
      by_number[entry.request] = { asked = entry, count = (before and before.count or 0) + 1 }
      by_path[entry.path] = by_number[entry.request]
    elseif by_number[entry.request] then
      table.insert(by_number[entry.request], entry)
    end
  end
  return by_path
end

local function query(bench, folder, sql)
  write(folder .. "/query.sql", sql)
  assert(shell("'%s' sql --db '%s/runs.db' --format json <'%s/query.sql' >'%s/query.json'", bench, folder, folder,
    folder), sql)
  return cjson.decode(read(folder .. "/query.json"))
end

local function by(list, name)
  local out = {}
  for _, each in ipairs(list) do
    out[each[name]] = out[each[name]] or {}
    table.insert(out[each[name]], each)
  end
  return out
end

local function replies_of(text)
  local out = {}
  for line in text:gmatch("[^\n]+") do
    if line:find("^{") then
      local reply = cjson.decode(line)
      out[reply.label] = reply
    end
  end
  return out
end

local function exported(bench, folder)
  local path = folder .. "/shown.json"
  assert(shell("'%s' show last --requests --db '%s/runs.db' --format json >'%s'", bench, folder, path), "bench show")
  return by(cjson.decode(read(path)), "label")
end

local function seen_of(bench, folder)
  local rows = query(bench, folder, [[SELECT m.*, r.reasoning, r.tool_calls, r.t_start, r.t_connected, r.t_tls, r.t_sent
    FROM request_metrics AS m
    JOIN request AS r ON r.id = m.request ORDER BY m.seq]])
  local events = by(query(bench, folder, "SELECT * FROM events ORDER BY request, seq"), "request")
  local sends, replies = sends_of(read(folder .. "/log")), replies_of(read(folder .. "/stdout"))
  local waited = query(bench, folder, "SELECT max(waiting_ns) / 1e6 AS ms FROM loop_health")[1].ms
  local out, shown = {}, exported(bench, folder)
  for _, row in ipairs(rows) do
    out[row.label] = { row = row, shown = shown[row.label][1], events = events[row.request] or {},
      reply = replies[row.label], sends_by_path = sends, waited_ms = waited }
  end
  return out
end

local function absolute(path)
  if path:sub(1, 1) == "/" then return path end
  local pipe = io.popen("pwd")
  local folder = pipe:read("l")
  pipe:close()
  return folder .. "/" .. path
end

local RUN = [[cd '%s' && unset OLLAMA_HOST OPENAI_BASE_URL OPENAI_API_KEY BENCH_DB; export HOME=. NO_COLOR=1
%s >sim 2>&1 & server=$!
trap 'kill $server' EXIT
n=0
until address=$(grep -o '127\.0\.0\.1:[0-9]*' sim 2>/dev/null | head -n 1) && [ -n "$address" ]; do
  n=$((n + 1)); [ $n -lt 600 ] || { cat sim >&2; exit 99; }; sleep 0.1
done
timeout -k 5 300 '%s' run stories.lua --db runs.db --allow-net other.localhost \
  --server "%s:${address#*:}#m" >stdout 2>stderr]]

local PYTHON = "/usr/bin/python3" -- the one that the distribution's packages are for

local function server_of(bench, which_road)
  if which_road == "clear" then
    return ("'%s' sim --kind openai --play play --log log --port 0"):format(bench), "openai://127.0.0.1"
  end
  local make = [[openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem \
  -out cert.pem -days 2 -subj /CN=localhost \
  -addext subjectAltName=DNS:localhost,DNS:other.localhost 2>openssl || { cat openssl; exit 99; }
export SSL_CERT_FILE=cert.pem
%s -B '%s/secure_server.py' cert.pem key.pem play log]]
  return make:format(PYTHON, absolute(here)), "openai+https://localhost"
end

local function play(bench, stories, which_road)
  local pipe = io.popen("mktemp -d")
  local folder = pipe:read("l")
  pipe:close()
  local secure = which_road ~= "clear"
  local server, address = server_of(bench, which_road)
  write(folder .. "/play", secure and road.play(stories, which_road) or play_of(stories))
  write(folder .. "/stories.lua", script_of(stories, which_road))
  write(folder .. "/run.sh", RUN:format(folder, server, bench, address))
  local _, _, code = shell("sh '%s/run.sh'", folder)
  if code ~= 0 and code ~= 4 and code ~= 5 then
    error(("exit %s: %s"):format(code, read(folder .. "/stderr"):sub(-2000)), 0)
  end
  local complaint = read(folder .. "/sim"):match("Traceback.*")
  assert(not complaint, complaint)
  return seen_of(bench, folder), folder
end

local TRIES = 8 -- of stories that a busy machine made late

-- Plays the stories; says what is wrong with each, and gives those that may be late by the machine's fault.
local function judged(bench, stories, which_road, last)
  local late, bad = {}, 0
  local seen, folder = play(bench, stories, which_road)
  for _, story in ipairs(stories) do
    local problems = compare(story, seen["s" .. story.seed], last)
    if #problems > 0 and problems.late and not last then
      late[#late + 1] = story
    elseif #problems > 0 then
      bad = bad + 1
      print(("seed %d (%s %s, %s): %s"):format(story.seed, story.dialect.kind, story.dialect.call, story.usage_mode,
        table.concat(problems, "; ")))
    end
  end
  if os.getenv("CASES_KEEP") then print("kept: " .. folder) else shell("rm -rf '%s'", folder) end
  return late, bad
end

local function main()
  local bench = absolute(assert(arg[1], "usage: run.lua BENCH [SEED [COUNT]]"))
  local first, count = math.tointeger(arg[2] or 1), math.tointeger(arg[3] or arg[2] and 1 or 150)
  local which_road = arg[4] or "clear"
  if which_road ~= "clear" and not shell("%s -c 'import h2, hyperframe' && command -v openssl >/dev/null", PYTHON) then
    print("SKIP: there is no python3-h2, or no openssl")
    os.exit(77)
  end
  local stories, bad = {}, 0
  for seed = first, first + count - 1 do stories[#stories + 1] = made(seed, which_road) end
  for try = 1, TRIES do
    local wrong
    stories, wrong = judged(bench, stories, which_road, try == TRIES)
    bad = bad + wrong
    if #stories == 0 then break end
  end
  print(("%d of %d stories came out as they were meant"):format(count - bad, count))
  os.exit(bad == 0)
end

main()
