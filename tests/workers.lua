-- A run that several processes share: lua5.4 tests/workers.lua BENCH
--   What one process and what three of them keep is the same, shards and times aside: the plan, who asks what, how it
--   ended, and where a script stops. What is interrupted or killed keeps what was measured, and leaves nobody behind.
package.path = (arg[0]:match("^(.*)/[^/]*$") or ".") .. "/?.lua;" .. package.path
local outside = require "outside"
local check, output, wait_for = outside.check, outside.output, outside.wait_for

local bench = assert(arg[1], "usage: workers.lua BENCH")
local folder = outside.folder()

local function read(name)
  return outside.read(folder .. "/" .. name)
end

local function write(name, text)
  outside.write(folder .. "/" .. name, text)
end

-- Runs it in the folder -> what it printed, its exit code.
local function run(words)
  return output(("cd '%s' && '%s' %s --db runs.db 2>err"):format(folder, bench, words))
end

local function sql(query, database)
  local text, code = output(("cd '%s' && sqlite3 -readonly '%s' \"%s\" 2>&1"):format(folder, database or "runs.db",
    query))
  check(code == 0, "sqlite3: %s", text)
  return text
end

local function same(what, one, many)
  if one ~= many then
    write("one", one)
    write("many", many)
    check(false, "%s differs (one process <, three >):\n%s", what,
      output(("cd '%s' && diff one many | head -n 20"):format(folder)))
  end
  check(#one > 1, "%s: there is nothing", what)
end

-- ---- one process against three ----

write("trace.jsonl", (function()
  local lines = {}
  for index = 1, 30 do
    lines[index] = ('{"timestamp": %d, "input_length": %d, "output_length": 3}'):format(index * 20, 10 + index % 7)
  end
  return table.concat(lines, "\n") .. "\n"
end)())

write("shapes.lua", [[
local bench = require "bench"
local opt = bench.scenario {
  summary = "every shape",
  options = { { "server", "sim@ttft=60ms@tpot=1ms@output_tokens=4@slots=64", "whom" } },
  metrics = { { "seen", "", "a number of the user", better = "lower" } },
  expect = { "errors < 99%", "seen max < 1000" },
}
local backend = bench.backend(opt.server)
local other = bench.backend "other=sim@kind=vllm@slots=64"
local prompts = { "one", "two", "three", "four", "five", "six", "seven" }
local made = bench.synthetic { backend = backend, tokens = 40, spread = 0.2 }

local function ask(user)
  local reply = backend:ask(user:pick(prompts) .. " " .. user:random(1000), { max_tokens = 4, label = "picked" })
  bench.check(reply, "answered", reply.ok)
  bench.record("seen", user.number, "")
end

local function load(label, fields)
  fields.label, fields.visit = label, fields.visit or ask
  return bench.load(fields)
end

load("poisson", { arrivals = bench.poisson(60), measure = "800ms", warm_up = 7 })
load("gamma", { arrivals = bench.gamma(60, 3), measure = "600ms", warm_up = "200ms" })
load("turned away", { arrivals = bench.burst(6, "1s"), measure = "1500ms", at_most = 3, when_full = "drop" })
load("room for fewer than there are workers", { arrivals = bench.burst(5, "800ms"), measure = "1200ms", at_most = 2,
  when_full = "drop" })
load("by number", { arrivals = bench.steady(90), requests = 25, warm_up = 4 })
load("by number, late", { arrivals = bench.steady(90), requests = 11, warm_up = "150ms" })
load("replay", { arrivals = bench.replay "trace.jsonl", visit = function(user)
  backend:ask("row " .. user.row.input_length, { max_tokens = user.row.output_length })
end })
load("conversation", { arrivals = bench.burst(7, "1m"), measure = "2s", visit = function(user)
  local messages = { { role = "user", content = "I am number " .. user.number } }
  for turn = 1, 3 do
    local reply = backend:chat(messages, { max_tokens = 4, label = "turn " .. turn })
    messages[#messages + 1] = { role = "assistant", content = reply.ok and "yes" or "no" }
    messages[#messages + 1] = { role = "user", content = "and then?" }
    bench.sleep("5ms")
  end
end })
load("made", { arrivals = bench.steady(40), requests = 12, visit = function(user)
  backend:ask(user:pick(made), { max_tokens = 4 })
end })
load("two servers", { arrivals = bench.steady(40), requests = 9, slo = { "errors < 1%" }, visit = function(user)
  http.get((user.number % 2 == 0 and backend or other).url .. "/v1/models")
end })
bench.together {
  function() load("side by side", { arrivals = bench.steady(30), measure = "300ms" }) end,
  function() load("the other", { arrivals = bench.steady(50), measure = "300ms" }) end,
}
local closed = load("closed", { arrivals = bench.closed(4), requests = 18, warm_up = 3 })
load("each once", { arrivals = bench.closed(4), requests = 12, visit = function(user)
  backend:ask("visit " .. user.visit, { max_tokens = 4 })
end })
load("each once, behind a warm-up", { arrivals = bench.closed(5), requests = 11, warm_up = 4, visit = function(user)
  backend:ask("later visit " .. user.visit, { max_tokens = 4 })
end })
local few = load("two users", { arrivals = bench.closed(2), requests = 7 })
bench.note("measured", closed.requests .. " and " .. few.requests)

-- A sweep stops at the same place in all of them.
for size = 2, 20, 2 do
  local swept = load("burst of " .. size, { arrivals = bench.burst(size, "300ms"), measure = "300ms", at_most = 6,
    when_full = "drop", slo = { "errors < 1%", "goodput(e2e < 60s) > 99%" } })
  if not swept.slo_kept then
    bench.record("knee", size, "visits")
    print("the knee is at " .. size .. ": " .. swept.dropped .. " of " .. swept.requests)
    break
  end
end
]])

local by_plan = "phase IN (SELECT number FROM phase AS p WHERE p.run = r.run AND p.arrivals NOT LIKE 'closed%')"

-- What must be the same, run by run.
local questions = {
  { "who asked what", "SELECT phase, user, backend, phase_kind, label, call, prompt, outcome, error_kind,"
    .. " output_tokens, round((t_sched - (SELECT min(t_sched) FROM request AS f WHERE f.run = r.run"
    .. " AND f.phase = r.phase)) / 1e6) FROM request AS r WHERE run = RUN AND " .. by_plan
    .. " ORDER BY phase, user, label, prompt" },
  { "what closed loads asked", "SELECT phase, phase_kind, label, outcome, count(*), count(DISTINCT user), min(user),"
    .. " max(user) FROM request AS r WHERE run = RUN AND NOT " .. by_plan
    .. " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4" },
  { "prompts in order", "SELECT p.label, q.text FROM request AS r JOIN phase AS p ON p.run = r.run"
    .. " AND p.number = r.phase JOIN prompt AS q ON q.digest = r.prompt"
    .. " WHERE r.run = RUN AND p.label LIKE 'each once%' ORDER BY 1, 2" },
  { "the numbers of requests", "SELECT min(seq), max(seq), count(DISTINCT seq) FROM request WHERE run = RUN" },
  { "their order", "SELECT count(*) FROM request AS a JOIN request AS b ON b.run = a.run AND b.seq = a.seq + 1"
    .. " WHERE a.run = RUN AND b.t_start < a.t_start" },
  { "the phases", "SELECT number, label, kind, arrivals, round(asked_rate, 3), dropped,"
    .. " CASE WHEN label IN ('poisson', 'gamma', 'turned away', 'conversation', 'side by side', 'the other')"
    .. " THEN round((t_ended - t_started) / 1e7) END FROM phase WHERE run = RUN ORDER BY number" },
  { "the backends", "SELECT number, CASE kind WHEN 'http' THEN '' ELSE name END, kind, model, sampling FROM backend"
    .. " WHERE run = RUN" },
  { "the promises", "SELECT phase, backend, label, sentence, kept, verdict FROM promise WHERE run = RUN"
    .. " ORDER BY phase, sentence, label, backend" },
  { "the checks", "SELECT name, passed, count(*) FROM \\\"check\\\" WHERE run = RUN GROUP BY 1, 2" },
  { "the script's numbers", "SELECT m.name, m.value, count(*), count(r.id) FROM metric AS m LEFT JOIN request AS r"
    .. " ON r.run = m.run AND r.seq = m.seq AND r.user = m.value WHERE m.run = RUN AND (r.id IS NULL OR " .. by_plan
    .. ") GROUP BY 1, 2 ORDER BY 1, 2" },
  { "what it says of them", "SELECT name, unit, better, definition FROM own_metric WHERE run = RUN" },
  { "the notes", "SELECT key, value FROM note WHERE run = RUN AND key = 'measured'" },
  { "the timelines", "SELECT count(*), sum(json_array_length(t)) > 0 FROM timeline"
    .. " JOIN request ON request.id = request WHERE run = RUN" },
  { "the summary", "SELECT phase, label, metric, n, missing FROM summary WHERE run = RUN AND metric = 'tokens'"
    .. " ORDER BY 1, 2, 3" },
  { "the run", "SELECT scenario, summary, expect, options, seed, status, script_hash, simulated, summarised FROM run"
    .. " WHERE id = RUN" },
}

local function compare_shapes()
  local printed = {}
  for number, workers in ipairs { 1, 3 } do
    local text, code = run(("run shapes.lua --quiet --seed 7 --workers %d"):format(workers))
    check(code == 0 or code == 5, "%d workers: exit %d, %s", workers, code, read "err")
    check(text:match "(%d+)\n$" == tostring(number), "%d workers print the number of the run: %s", workers, text)
    printed[number] = text:gsub("%d+\n$", "")
  end
  same("what the script prints", printed[1], printed[2])
  for _, question in ipairs(questions) do
    same(question[1], sql((question[2]:gsub("RUN", "1"))), sql((question[2]:gsub("RUN", "2"))))
  end
  check(sql "SELECT group_concat(workers) FROM (SELECT workers FROM run ORDER BY id)" == "1,3\n", "how many made it")
  check(sql "SELECT count(*) FROM loop_health" == "2\n", "one line of health for each run")
  check(output(("ls '%s' | grep -c workers-"):format(folder)) == "0\n", "their files are taken in")
end

write("window.lua", [[
local bench = require "bench"
bench.scenario { summary = "a window for all users" }
local backend = bench.backend "sim@ttft=40ms@tpot=1ms@output_tokens=4@slots=64"
local load = bench.load { arrivals = bench.closed(5), measure = "400ms", warm_up = 12, visit = function(user)
  backend:ask("hi", { max_tokens = 4 })
  bench.sleep(user.number * 0.01)
end }
print(("%.6f"):format(load.seconds))
]])

-- Users who come again have one window, wherever its first visit began.
local function check_window()
  local text = run "run window.lua --quiet --workers 3"
  check(text:match "^0.400000\n", "the window of all: %s", text)
  local warm = sql "SELECT sum(phase_kind = 'warm-up') FROM request WHERE run = (SELECT max(id) FROM run)"
  check(warm == "12\n", "warm-up visits: %s", warm)
end

local function check_forms()
  local text = run "run --like 2 --workers 2 --json"
  local shown = run "show 3 --json"
  check(text == shown and #text > 1000, "run --json prints what show prints")
  check(sql "SELECT count(DISTINCT options || seed) FROM run" == "1\n", "--like has the options and the seed")
  local page = run "show 3"
  check(page:find("Client, the worst of 2 workers: ", 1, true), "the page says how many: %s", page)
end

-- ---- what is refused, and what goes wrong ----

write("wrong.lua", [[
local bench = require "bench"
local opt = bench.scenario { summary = "wrong", options = {
  { "server", "sim@ttft=5ms@tpot=1ms@output_tokens=4", "whom" }, { "how", "", "what is wrong" } } }
local backend = bench.backend(opt.server)
if opt.how == "ask" then backend:ask("hi") end
if opt.how == "rounds" then for one in bench.rounds({ backend }, 2) do one:ask("hi") end end
local visits, had_first = 0, false
local attempt = opt.how == "thrown" and function(f, ...) return true, f(...) end or pcall
local ok, problem = attempt(bench.load, { arrivals = bench.steady(50), requests = 40, visit = function(user)
  visits, had_first = visits + 1, had_first or user.number == 1
  backend:ask("hi", { max_tokens = 4 })
  if user.number == 5 and ("error caught thrown"):find(opt.how, 1, true) then error("five is wrong") end
  while user.number == 5 and opt.how == "endless" do end
  if opt.how == "load" then bench.load { arrivals = bench.closed(1), requests = 1, visit = print } end
end })
if opt.how == "caught" then print(problem) elseif not ok then error(problem, 0) end
if opt.how == "plans" then
  bench.load { arrivals = bench.closed(visits), requests = 40, visit = function() backend:ask("hi") end }
end
if opt.how == "parted" and had_first then
  bench.load { arrivals = bench.closed(3), requests = 3, visit = function() backend:ask("hi") end }
end
if opt.how == "fails" and had_first then
  error "six is wrong"
elseif opt.how == "fails" and bench.sleep("30s") then
  print "slept on"
end
]])

local function check_wrong(how, workers, code_wanted, words, requests)
  local text, code = run(("run wrong.lua --quiet --how %s --workers %s"):format(how, workers))
  local err = read "err"
  check(code == code_wanted, "%s: exit %d, not %d: %s", how, code, code_wanted, err)
  check((text .. err):find(words, 1, true), "%s should say \"%s\": %s%s", how, words, text, err)
  local _, times = (text .. err):gsub(words:gsub("%p", "%%%0"), "")
  check(times == 1, "%s says it %d times", how, times)
  if requests then
    local kept = tonumber(sql "SELECT count(*) FROM request WHERE run = (SELECT max(id) FROM run)")
    check(kept >= requests, "%s: only %d requests are kept", how, kept)
  end
end

local function check_all_wrong()
  check_wrong("ask", 2, 2, "wrong.lua:5: --workers shares loads among processes, and what is asked outside")
  check_wrong("rounds", 2, 2, "wrong.lua:6: --workers shares loads among processes, and rounds would be made")
  check_wrong("load", 2, 2, "--workers: a visit belongs to one worker")
  check_wrong("error", 3, 3, "wrong.lua:12: five is wrong", 5)
  for _ = 1, 2 do -- whoever of them ends first
    check_wrong("thrown", 3, 3, "wrong.lua:12: five is wrong\n  in function 'visit' (wrong.lua:12)\n"
      .. "  in the visit of user 5", 5)
    check_wrong("endless", "3 --script-time 3s", 3, "wrong.lua:13: ran for 3 s without waiting for anything", 5)
  end
  check_wrong("caught", 3, 0, "wrong.lua:12: five is wrong", 5)
  check_wrong("plans", 3, 3, "wrong.lua:18: --workers: worker 1 came to a load of closed(14), at most any, warm-up 0,"
    .. " measure none, requests 40, worker 2 to one of closed(13), at most any,", 40)
  check_wrong("nothing", "0", 2, "--workers is a whole number from 1 to 256, not \"0\"")
  check_wrong("nothing", "2.5", 2, "--workers is a whole number")
  check_wrong("nothing", "2 --worker 0/2", 2, "--worker is what bench run --workers gives")
  check_wrong("parted", 2, 3, "wrong.lua:21: --workers: worker 2 ended before it came here; where a script goes", 40)
  local text, code = run "run wrong.lua --quiet --how fails --workers 2"
  check(code == 3, "fails: exit %d: %s", code, read "err")
  check(not text:find("slept on", 1, true), "who failed did not end the others")
  local _, alone = run "run wrong.lua --quiet --how parted --workers 1"
  check(alone == 0, "one alone parts with nobody: exit %d, %s", alone, read "err")
end

-- ---- what is killed ----

write("long.lua", [[
local bench = require "bench"
local opt = bench.scenario { summary = "long", options = {
  { "server", "sim@ttft=5ms@tpot=1ms@output_tokens=4", "whom" } } }
local backend = bench.backend(opt.server)
bench.load { arrivals = bench.steady(50), measure = "60s", visit = function(user)
  backend:ask("number " .. user.number, { max_tokens = 4 })
end }
]])

-- A server that answers the first of them, and closes the connection of the other.
local function check_unanswered()
  write("once.play", 'request GET /v1/models\nframing length\nheader Content-Type: application/json\n@0 '
    .. '"{\\"data\\":[{\\"id\\":\\"m\\"}]}" END\nrequest GET /v1/models\n@0 RST\n')
  write("once.sh", ([[
'%s' sim --play once.play --port 0 >sim 2>&1 &
until grep -q 127 sim; do sleep 0.1; done
'%s' run long.lua --quiet --workers 2 --db once.db --server "openai://$(grep -o '127[0-9.:]*' sim | head -n 1)#m"
code=$?
kill $!
exit $code
]]):format(bench, bench))
  local text, code = output(("cd '%s' && sh once.sh 2>&1"):format(folder))
  check(code == 4, "unanswered: exit %d: %s", code, text)
  check(text:find("bench: worker %d of 2 found no backend, as others did; they were ended\n"), "unanswered: %s", text)
end

-- Processes of ours whose words have all of these in them: their numbers.
local function processes(database, words)
  local list = {}
  for process in output(("grep -l -- '%s' /proc/[0-9]*/cmdline 2>/dev/null"):format(database)):gmatch "/proc/(%d+)/" do
    local file = io.open(("/proc/%s/cmdline"):format(process))
    local line = file and file:read "a" or ""
    if file then
      file:close()
    end
    if line:find("\0run\0", 1, true) and line:find(words, 1, true) then
      list[#list + 1] = process
    end
  end
  return list
end

-- Starts a run in the background and waits until each worker has kept something; its process.
local function start(database)
  for _, name in ipairs { "code", "pid" } do
    os.remove(folder .. "/" .. name)
  end
  write("start.sh", ("'%s' run long.lua --quiet --workers 3 --db %s >out 2>err & echo $! >pid; wait $!\n"):format(bench,
    database) .. "echo $? >code\n")
  os.execute(("cd '%s' && sh start.sh >/dev/null 2>&1 &"):format(folder))
  wait_for("rows of each worker", function()
    local parts = output(("cd '%s' && ls -d %s.workers-* 2>/dev/null"):format(folder, database)):match "[^\n]+"
    for index = 1, 3 do
      local part = ("cd '%s' && sqlite3 -readonly '%s/%d.db'"):format(folder, parts, index)
      local count = parts and output(part .. " 'SELECT count(*) FROM request' 2>/dev/null")
      if (tonumber(count) or 0) < 5 then
        return false
      end
    end
    return true
  end)
  return wait_for("its number", function() return (read "pid" or ""):match "%d+" end)
end

local function ended()
  return tonumber(wait_for("its end", function() return (read "code" or ""):match "%d+" end))
end

local function check_gone(database)
  wait_for("that nobody is left of " .. database, function() return #processes(database, "") == 0 end)
end

local kept = "SELECT status, count(DISTINCT user) = count(*), count(*) >= 15, min(seq), max(seq) = count(*),"
  .. " sum(outcome = 'running') FROM run JOIN request ON request.run = run.id WHERE run.id = 1"

local function check_interrupt()
  local process = start "interrupted.db"
  local text = output(("cd '%s' && '%s' import interrupted.db.workers-*/*.db --db interrupted.db 2>&1"):format(folder,
    bench))
  check(text:find("run 1 still goes on; it takes its parts in when it ends", 1, true), "a part too early: %s", text)
  os.execute("kill -INT " .. process)
  check(ended() == 130, "an interrupted run ends with 130: %s", read "err")
  check(sql(kept, "interrupted.db") == "interrupted|1|1|1|1|0\n", "interrupted: %s", sql(kept, "interrupted.db"))
  check(select(2, read("err"):gsub("interrupted;", "")) == 1, "it is said once: %s", read "err")
  check_gone "interrupted.db"
end

local function check_one_killed()
  start "one.db"
  local victims = processes("one.db", "--worker\0001/3/")
  check(#victims == 1, "there are %d second workers", #victims)
  os.execute("kill -KILL " .. (victims[1] or ""))
  check(ended() == 3, "a run whose worker died ends with 3")
  local words = ("bench: worker 2 of 3 (process %s) was killed by signal 9"):format(victims[1])
  check(read("err"):find(words, 1, true), "it says who died: %s", read "err")
  check(sql(kept, "one.db") == "failed|1|1|1|1|0\n", "one killed: %s", sql(kept, "one.db"))
  check_gone "one.db"
end

local function check_all_killed()
  os.execute("kill -KILL " .. start "all.db")
  check(ended() == 137, "killed")
  check_gone "all.db"
  local parts = output(("cd '%s' && echo all.db.workers-*"):format(folder)):match "[^\n]+"
  local words = "bench: run 1 was cut off before it took in what its workers measured; that is still there: "
    .. ("bench import %s/*.db\n"):format(parts)
  output(("cd '%s' && '%s' list --db all.db 2>err"):format(folder, bench))
  check(read "err" == words, "list says what is left: %s", read "err")
  output(("cd '%s' && '%s' db check --db all.db 2>err"):format(folder, bench))
  check(read "err" == words, "db check says what is left: %s", read "err")
  local page = output(("cd '%s' && '%s' show %s/2.db"):format(folder, bench, parts))
  check(page:find("token events", 1, true), "a part can be read: %s", page)
  local alone = output(("cd '%s' && '%s' import %s/2.db --db elsewhere.db 2>&1"):format(folder, bench, parts))
  check(alone == ("bench: %s/2.db was not imported: %s/1.db is a part of that run, too: bench import %s/*.db takes "
    .. "all in\n"):format(parts, parts, parts), "import of a part alone: %s", alone)
  local elsewhere = output(("cd '%s' && '%s' import %s/*.db --db elsewhere.db"):format(folder, bench, parts))
  local text = output(("cd '%s' && '%s' import %s/*.db --db all.db"):format(folder, bench, parts))
  check(text:find "run 1, long, %d+ requests\n$" and elsewhere == text, "import: %s%s", text, elsewhere)
  check(sql(kept, "all.db") == "crashed|1|1|1|1|0\n", "all killed: %s", sql(kept, "all.db"))
  check(sql(kept, "elsewhere.db") == "interrupted|1|1|1|1|0\n", "elsewhere: %s", sql(kept, "elsewhere.db"))
  text = output(("cd '%s' && '%s' import %s/*.db --db all.db"):format(folder, bench, parts))
  check(text:find "already here, as run 1\n$", "it is taken in once: %s", text)
  output(("cd '%s' && '%s' list --db all.db 2>err"):format(folder, bench))
  check(read "err" == "", "nothing is left: %s", read "err")
end

write("large.lua", [[
local bench = require "bench"
bench.scenario { summary = "half a MB of each worker" }
local text = ("word "):rep(8000)
bench.load { arrivals = bench.closed(30), requests = 30, visit = function(user)
  bench.note("note " .. user.number, text)
end }
]])

-- The parts fit, the whole does not.
local function check_no_room()
  local words = "cd '%s' && ulimit -f 2000 && '%s' run large.lua --quiet --workers 3 --db large.db 2>err"
  local _, code = output(words:format(folder, bench))
  check(code == 6, "a run without room ends with 6, not %s", code)
  local parts = output(("cd '%s' && echo large.db.workers-*"):format(folder)):match "[^\n]+"
  local stays = ("bench: what the workers measured stays in %s (bench import %s/*.db)\n"):format(parts, parts)
  check(read("err"):find(stays, 1, true), "it says what stays: %s", read "err")
  output(("cd '%s' && '%s' import %s/*.db --db large.db"):format(folder, bench, parts))
  local notes = sql("SELECT count(*) FROM notes", "large.db")
  check(notes == "30\n", "import: %s", notes)
end

compare_shapes()
check_forms()
check_window()
check_all_wrong()
check_unanswered()
check_interrupt()
check_one_killed()
check_all_killed()
check_no_room()
if outside.failures == 0 then
  os.execute("rm -rf '" .. folder .. "'")
end
print(outside.failures == 0 and "three are as one" or outside.failures .. " failures; see " .. folder)
os.exit(outside.failures == 0)
