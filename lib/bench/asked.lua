-- The settings of an ask in the form that a request is made of: checked, laid over those of the backend, limits and
-- headers as core.http takes them. A script asks with the same ones again and again: they are read once.
local keys = require "bench.keys"
local misuse = require "bench.misuse"
local permissions = require "bench.permissions"
local settings = require "bench.settings"

local asked = {}

-- As core.http takes them. merged: the settings of an ask over those of its backend.
function asked.headers(target, merged)
  permissions.headers(target.parts, merged.headers)
  keys.hide_headers(merged.headers)
  keys.hide_fields(merged.extra)
  keys.hide_fields(merged.tools)
  return keys.over({ "Content-Type: application/json" }, keys.over(target.headers, keys.headers(merged.headers)))
end

-- How many answers are asked for, nil where nothing says so: one (or n) for each prompt where the body has a list of
-- them. A list of numbers is one prompt, as tokens.
local function answers_of(extra)
  local each, prompts = math.tointeger(extra and extra.n), extra and extra.prompt
  if type(prompts) == "table" and type(prompts[1]) ~= "number" then
    return #prompts * (each or 1)
  end
  return each
end

-- Fewest tokens that an answer owes, nil where nothing says so. The words are those of the servers that have them, in
-- `extra` too, which lies over the settings.
local function least_tokens(merged)
  local extra = merged.extra or {}
  local function sent(name, setting)
    return extra[name] == nil and setting or extra[name]
  end
  local longest = sent("max_completion_tokens", sent("n_predict", sent("max_tokens", merged.max_tokens)))
  local is_whole = sent("ignore_eos", merged.ignore_eos) == true
  local least = math.tointeger(is_whole and longest or sent("min_tokens", merged.min_tokens))
  if math.type(longest) and longest > 0 and least and least > longest then
    misuse.raise("setting min_tokens (%d) is more than max_tokens (%d): no answer is that long", least, longest)
  end
  return least and least > 0 and least or nil
end

local function read(target, given)
  local merged = settings.merge(target.settings, settings.read(given))
  merged.limits = settings.limits(merged.timeouts)
  merged.answers = answers_of(merged.extra)
  merged.least_tokens = least_tokens(merged)
  merged.header_lines = asked.headers(target, merged)
  return merged
end

-- A copy, and how many there are; nil where one is a table, which may change until the next ask, and where what stands
-- behind a metatable may.
local function remembered(given)
  local copy, count = {}, 0
  if getmetatable(given) ~= nil then
    return nil
  end
  for name, value in next, given do
    if type(value) == "table" then
      return nil
    end
    copy[name], count = value, count + 1
  end
  return copy, count
end

local function is_same(copy, count, given)
  if type(given) ~= "table" or getmetatable(given) ~= nil then
    return false
  end
  for name, value in next, given do
    if copy[name] ~= value then
      return false
    end
    count = count - 1
  end
  return count == 0
end

local none = {}

-- given: a script's settings or nil. What is returned is shared: it belongs to nobody.
function asked.of(target, given)
  local last, now = target.last_asked, given == nil and none or given
  if last and is_same(last.copy, last.count, now) then
    return last.merged
  end
  local merged = read(target, given)
  local copy, count = remembered(now)
  target.last_asked = copy and { copy = copy, count = count, merged = merged }
  merged.built = copy and {} -- these two are bench.request's
  merged.prepared = {}
  return merged
end

return asked
