-- Runs cases against bench: lua5.4 run.lua BENCH [--wrong] [FILE or ID]...
-- Some cases of a file run at a time, each in a process of its own (--case N): most of their time they wait.
-- A case that fails only in its times is tried eight times: a wrong stamp is wrong each time, a busy
-- machine is not. With --wrong every single expectation must fail: the test of this runner.
local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. package.path
local case_file = require "case_file"
local judge = require "judge"
local notation = require "notation"
local observe = require "observe"

local TRIES = 8
local AT_A_TIME = 2

local ASK_PATHS = { openai = "/v1/chat/completions", vllm = "/v1/chat/completions",
  llamacpp = "/v1/chat/completions", ollama = "/api/chat" }

local SCRIPT = [[
local bench = require "bench"
local opt = bench.scenario { summary = "case", options = { { "server", "openai://127.0.0.1:1#m", "where" } } }
local backend = bench.backend(opt.server)
]]

local LIMIT = "timeout -k 5 180" -- of a case that hangs

local PRELUDE = [[
start_sim() { # NAME KIND [SERVER]: serves play.SERVER (play) until the case ends; sets URL and ADDRESS
	log=log
	[ "$1" = main ] || log=log.$1
	"$BENCH" sim --kind "$2" --play "$DIR/play${3:+.$3}" --log "$DIR/$log" --port 0 >"$DIR/sim.$1" 2>&1 &
	echo $! >>"$DIR/pids"
	n=0
	until ADDRESS=$(grep -o '127\.0\.0\.1:[0-9]*' "$DIR/sim.$1" 2>/dev/null | head -n 1) && [ -n "$ADDRESS" ]; do
		n=$((n + 1))
		[ $n -lt 600 ] || { cat "$DIR/sim.$1" >&2; exit 99; }
		sleep 0.1
	done
	URL=http://$ADDRESS
}
end_servers() {
	code=$?
	[ ! -e "$DIR/pids" ] || while read -r pid; do kill "$pid" 2>/dev/null || true; done <"$DIR/pids"
	exit $code
}
trap end_servers EXIT
]]

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

local function absolute(path)
  if path:sub(1, 1) == "/" then return path end
  local pwd = io.popen("pwd"):read("l")
  return pwd .. "/" .. path
end

local function shell_quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function play_of(case, text)
  if not text:find("^%s*request") and not text:find("\n%s*request") then
    local kind = case.kind
    local head = "request POST " .. (case.call == "ask" and ASK_PATHS[kind] or "") .. "\n"
    if kind == "ollama" then head = head .. "header Content-Type: application/x-ndjson\n" end
    text = head .. text
  end
  return notation.expand(text)
end

local function script_of(case)
  if case.script then
    return case.script:find("bench%.scenario") and case.script or SCRIPT .. case.script
  end
  return SCRIPT .. string.format("backend:ask(\"hi\", { %s })\n", case.ask)
end

-- Built beside bench from shim.c; in LD_PRELOAD a blank in a path would part it in two.
local function shim_of(bench)
  return os.getenv("CASES_SHIM") or bench:match("^(.*)/") .. "/tests/libcase_shim.so"
end

-- The environment is the caller's without what would lead bench elsewhere.
local function command_of(case, directory, bench)
  local lines = { "cd " .. shell_quote(directory),
    "unset OLLAMA_HOST OPENAI_BASE_URL OPENAI_API_KEY BENCH_DB http_proxy https_proxy all_proxy",
    "export NO_COLOR=1 HOME=" .. shell_quote(directory) .. " XDG_DATA_HOME=" .. shell_quote(directory .. "/data"),
    "export BENCH=" .. shell_quote(bench) .. " DIR=" .. shell_quote(directory)
      .. " DB=" .. shell_quote(directory .. "/case.db"),
    "export CASES=" .. shell_quote(absolute(here)) .. " SHIM=" .. shell_quote(directory .. "/shim.so"),
    "ln -s " .. shell_quote(shim_of(bench)) .. ' "$SHIM"' }
  for name in pairs(case.servers) do
    local suffix = name == "" and "" or "." .. name
    lines[#lines + 1] = string.format("export SERVER%s=%s", name == "" and "" or "_" .. name,
      shell_quote(string.format("sim#m@kind=%s@play=%s/play%s@log=%s/log%s", case.kind, directory, suffix,
        directory, suffix)))
  end
  for _, assignment in ipairs(case.environment) do lines[#lines + 1] = "export " .. assignment end
  if case.shell then
    lines[#lines + 1] = LIMIT .. " sh -eu steps.sh"
  else
    local server = case.servers[""] and '"$SERVER"' or shell_quote("sim#m@kind=" .. case.kind)
    lines[#lines + 1] = LIMIT .. ' "$BENCH" run case.lua --db "$DB" --server ' .. server
      .. " " .. case.flags
  end
  return "{ " .. table.concat(lines, "\n") .. "\n} >" .. shell_quote(directory .. "/stdout") .. " 2>"
    .. shell_quote(directory .. "/stderr") .. " </dev/null"
end

local function new_directory()
  local pipe = assert(io.popen("mktemp -d"))
  local directory = pipe:read("l")
  pipe:close()
  return assert(directory, "mktemp -d gave nothing")
end

local function run_once(case, bench)
  local directory = new_directory()
  for name, text in pairs(case.servers) do
    write(directory .. "/play" .. (name == "" and "" or "." .. name), play_of(case, text))
  end
  write(directory .. "/case.lua", script_of(case))
  if case.shell then write(directory .. "/steps.sh", PRELUDE .. case.shell) end
  local _, how, code = os.execute(command_of(case, directory, bench))
  local seen = observe.new(directory, bench, how == "exit" and code or 128 + code)
  return seen, directory
end

-- The lines that say what does not hold, and whether all of them are times.
local function judged(case, seen)
  local failures, only_times = {}, true
  for _, want in ipairs(case.want) do
    local found, value, context = pcall(seen.value, seen, want, case)
    local ok, message = false, want.place .. ": " .. want.subject .. ": " .. tostring(value)
    if found then ok, message = judge.holds(want, value, context) end
    if not ok then
      failures[#failures + 1] = message
      only_times = only_times and judge.is_time(want)
    end
  end
  return failures, only_times
end

local function run_case(case, bench)
  local failures, only_times, seen, directory
  for _ = 1, TRIES do
    if directory then os.execute("rm -rf " .. shell_quote(directory)) end
    seen, directory = run_once(case, bench)
    failures, only_times = judged(case, seen)
    if #failures == 0 or not only_times then break end
  end
  if #failures > 0 and not os.getenv("CASES_KEEP") then
    failures[#failures + 1] = "  exit " .. seen.exit .. "; the end of its words:\n" .. seen:last_words()
  end
  if os.getenv("CASES_KEEP") then
    print("  kept: " .. directory)
  else
    os.execute("rm -rf " .. shell_quote(directory))
  end
  return failures
end

-- Whether the case of that number in the file is as it should be; says so.
local function check(path, number, bench, all_wrong)
  local case = case_file.read(path)[number]
  local failures = run_case(case, bench)
  local missed = all_wrong and #failures - 1 < #case.want
  if not missed and (all_wrong or #failures == 0) then
    print(string.format("ok     %s %s", path:match("[^/]*$"), case.name))
    return true
  end
  print(string.format("FAILED %s %s", path:match("[^/]*$"), case.name))
  if missed then print("  expectations that are wrong were taken for right; noticed were:") end
  print("  " .. table.concat(failures, "\n  "))
  return false
end

local function start(path, number, bench, all_wrong)
  local words = { arg[-1], arg[0], bench, "--case", tostring(number), path, all_wrong and "--wrong" or nil }
  for i, word in ipairs(words) do words[i] = shell_quote(word) end
  return assert(io.popen(table.concat(words, " ") .. " 2>&1"))
end

-- Whether it went well; says what the process said.
local function finish(process)
  io.write(process:read("a"))
  return process:close() == true
end

local function run_file(path, bench, all_wrong)
  local running, good = {}, true
  for number in ipairs(case_file.read(path)) do
    running[number] = start(path, number, bench, all_wrong)
    if running[number - AT_A_TIME + 1] then good = finish(running[number - AT_A_TIME + 1]) and good end
  end
  for number = math.max(1, #running - AT_A_TIME + 2), #running do good = finish(running[number]) and good end
  return good
end

local function files(names)
  local list = {}
  for _, name in ipairs(names) do
    list[#list + 1] = name:find("%.case$") and name or here .. "/" .. name .. ".case"
  end
  if #list == 0 then
    for path in io.popen("ls " .. shell_quote(here) .. "/*.case"):lines() do
      if not path:find("WRONG") then list[#list + 1] = path end
    end
  end
  return list
end

local function main()
  local names, all_wrong, number = {}, false, nil
  local i = 2
  while arg[i] do
    if arg[i] == "--wrong" then
      all_wrong = true
    elseif arg[i] == "--case" then
      i = i + 1
      number = tonumber(arg[i])
    else
      names[#names + 1] = arg[i]
    end
    i = i + 1
  end
  assert(arg[1], "usage: run.lua BENCH [--wrong] [FILE or ID]...")
  local bench, good = absolute(arg[1]), true
  for _, path in ipairs(files(names)) do
    local ok
    if number then
      ok = check(path, number, bench, all_wrong)
    else
      ok = run_file(path, bench, all_wrong)
    end
    good = good and ok
  end
  os.exit(good)
end

main()
