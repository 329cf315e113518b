-- Runs every script of scripts/ and examples/ against the simulated server: lua5.4 tests/scripts.lua BENCH ROOT
-- Each must end with 0 and keep at least one request that went well. Whom a script asks it says in its
-- options: a default that is an address, or a list of them, is replaced. In scripts/ nothing may run
-- longer than a person waits.
package.path = (arg[0]:match("^(.*)/[^/]*$") or ".") .. "/?.lua;" .. package.path
local outside = require "outside"
local output, read = outside.output, outside.read

local bench, root = arg[1], arg[2]
assert(bench and root, "usage: scripts.lua BENCH ROOT")

-- What keeps a script short whose own defaults are for real servers.
local SHORT = {
  ["scripts/chat.lua"] = "--conversations 4 --turns 2 --think 20ms",
  ["scripts/embed.lua"] = "--times 2",
  ["scripts/long_prompt.lua"] = "--times 1 --lengths 64,256",
  ["scripts/rate_limit.lua"] = "--measure 1s",
  ["scripts/serve.lua"] = "--num-prompts 20 --random-input-len 32 --random-output-len 8 --goodput ttft:500 tpot:50",
  ["scripts/soak.lua"] = "--rate 20 --window 1s --windows 2",
  -- the seed: by chance nobody comes in half a second at 16/s, once in three thousand times
  ["scripts/sweep.lua"] = "--measure 500ms --warm-up 200ms --steps 1 --up-to 32 --from 16 --seed 1",
}

local KINDS = { ollama = 11434, llamacpp = 8080, vllm = 8000, openai = 8000 }

local folder = outside.folder()
local pids = {}

local function serve(kind, model)
  local out = folder .. "/" .. #pids
  local command = string.format("'%s' sim --kind %s --name '%s' --port 0 --ttft 5ms --tpot 1ms --output-tokens 20"
    .. " >'%s' 2>&1 & echo $!", bench, kind, model, out)
  pids[#pids + 1] = output(command):match("%d+")
  return outside.wait_for("bench sim", function() return (read(out) or ""):match("127%.0%.0%.1:%d+") end)
    or error("bench sim did not start: " .. read(out))
end

local addresses = {}

-- One server for each kind and model; started when it is first needed.
local function address_of(kind, model)
  local key = kind .. "#" .. model
  addresses[key] = addresses[key] or serve(kind, model)
  return addresses[key]
end

-- An address of a kind (or a URL of its port) in an option's default, led to the simulated server.
local function redirected(default)
  local kind, model = default:match("^(%l+)#?([^/]*)$")
  if KINDS[kind] then
    if model == "" then model = "sim" end
    return string.format("%s://%s#%s", kind, address_of(kind, model), model)
  end
  if kind == "sim" then return default end
  for name, port in pairs(KINDS) do
    local before, after = default:match("^(https?://)[%w%.]+:" .. port .. "(.*)$")
    if before then return before .. address_of(name, "sim") .. after end
    if default:find("^" .. name .. "://") then return string.format("%s://%s#sim", name, address_of(name, "sim")) end
  end
end

-- `{ "name", default` lines of bench.scenario whose default holds addresses, as flags.
local function flags_of(text)
  local flags = {}
  for name, default in text:gmatch('{ *"([%w_]+)", *(%b{})') do
    for each in default:gmatch('"([^"]*)"') do
      local address = redirected(each)
      if address then flags[#flags + 1] = "--" .. name:gsub("_", "-") .. " '" .. address .. "'" end
    end
  end
  for name, default in text:gmatch('{ *"([%w_]+)", *"([^"]*)"') do
    local address = not KINDS[name] and redirected(default)
    if address then flags[#flags + 1] = "--" .. name:gsub("_", "-") .. " '" .. address .. "'" end
  end
  return table.concat(flags, " ")
end

local ANSWERED = "request_metrics WHERE outcome = 'ok'"
-- A machine that is too busy to keep a plan: bench says it itself, and ends with 5.
local TOO_BUSY = "warnings WHERE code = 'plan_not_kept'"

local function count(database, rows)
  local query = "SELECT count(*) FROM " .. rows
  local text = output(string.format("'%s' sql --db '%s' --format csv \"%s\"", bench, database, query))
  return tonumber(text:match("(%d+)%s*$")) or 0
end

local function run(path)
  local database = folder .. "/scripts.db"
  os.remove(database)
  local command = string.format("cd '%s' && timeout 120 '%s' run '%s' --db '%s' %s 2>&1 </dev/null", root, bench, path,
    database, flags_of(read(root .. "/" .. path)) .. " " .. (SHORT[path] or ""))
  local text, code = output(command)
  if code ~= 0 and not (code == 5 and count(database, TOO_BUSY) > 0) then
    return false, "ended with " .. code .. ":\n" .. command .. "\n" .. text
  end
  return count(database, ANSWERED) > 0, "kept no request that went well:\n" .. text
end

local function main()
  bench = output("realpath '" .. bench .. "'"):match("[^\n]+")
  local failures, scripts = 0, 0
  for path in output("cd '" .. root .. "' && ls scripts/*.lua examples/*.lua"):gmatch("[^\n]+") do
    scripts = scripts + 1
    local ok, message = run(path)
    print((ok and "ok     " or "FAILED ") .. path .. (ok and "" or " " .. message))
    if not ok then failures = failures + 1 end
  end
  for _, pid in ipairs(pids) do os.execute("kill " .. pid .. " 2>/dev/null") end
  os.execute("rm -rf '" .. folder .. "'")
  assert(scripts > 0, "no scripts in " .. root)
  os.exit(failures == 0)
end

main()
