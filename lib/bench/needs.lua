-- What a scenario needs: "bench 1.2", "net HOST[:PORT]", "env NAME". Asked for on a terminal, refused
-- elsewhere with the flag to add.
local misuse = require "bench.misuse"
local permissions = require "bench.permissions"

local needs = {}

-- "1.2" and "1.10.0" -> true when the second is not older. Missing parts are 0.
function needs.at_least(wanted, have)
  local ours = have:gmatch("%d+")
  for part in wanted:gmatch("%d+") do
    local mine = tonumber(ours() or 0)
    if mine ~= tonumber(part) then
      return mine > tonumber(part)
    end
  end
  return true
end

-- A sentence -> { what = "bench" | "net" | "env", value }, or nil, message.
function needs.read(sentence)
  if type(sentence) ~= "string" then
    return nil, ("a need is a text such as \"net example.com\", not %s"):format(misuse.kind(sentence))
  end
  local what, value = sentence:match("^%s*(%a+)%s+(%S+)%s*$")
  if what == "bench" and value:match("^%d+[%d.]*$") or what == "net" or what == "env" then
    return { what = what, value = value }
  end
  return nil, ("\"%s\": a need is \"bench 1.2\", \"net HOST\" or \"env NAME\""):format(sentence)
end

local checks = {
  net = {
    has = permissions.has_net,
    allow = permissions.allow_net,
    words = "reach %s over the network",
    flag = "--allow-net",
  },
  env = {
    has = permissions.has_env,
    allow = permissions.allow_env,
    words = "use the environment variable %s",
    flag = "--allow-env",
  },
}

local function meet_version(wanted, scenario, version)
  if not needs.at_least(wanted, version) then
    misuse.refuse(("%s needs bench %s; this is %s"):format(scenario, wanted, version))
  end
end

local function meet_permission(need, scenario, ask)
  local check = checks[need.what]
  if check.has(need.value) then
    return
  end
  local words = check.words:format(need.value)
  if not (ask and ask(("%s wants to %s. Allow it for this run?"):format(scenario, words))) then
    misuse.refuse(("%s needs to %s: add %s %s"):format(scenario, words, check.flag, need.value))
  end
  check.allow(need.value)
end

-- Refuses the run where a need is not met. `ask(question)` -> boolean, or nil where nobody can be asked;
-- `version` is ours.
function needs.meet(list, scenario, version, ask)
  for _, need in ipairs(list) do
    if need.what == "bench" then
      meet_version(need.value, scenario, version)
    else
      meet_permission(need, scenario, ask)
    end
  end
end

return needs
