-- The settings of an ask: names, types, and what holds where nothing is said. Pure but for durations.
local body_lists = require "bench.body_lists"
local json = require "bench.json"
local lists = require "bench.lists"
local misuse = require "bench.misuse"
local secret = require "core.secret"
local time = require "bench.time"

local settings = {}

local default_timeouts = { connect = 5, first_token = 600, idle = 60 }

local function of_type(kind)
  return function(name, value)
    return misuse.check("setting " .. name, value, kind)
  end
end

local function number(name, value)
  misuse.check("setting " .. name, value, "number")
  if value ~= value or value == math.huge or value == -math.huge then
    misuse.raise("setting %s must be a finite number, not %s", name, misuse.shown(value))
  end
  return value
end

local function whole(least)
  return function(name, value)
    local integer = math.type(value) == "integer" and value or math.tointeger(number(name, value))
    if not integer or (least and integer < least) then
      misuse.raise("setting %s must be a whole number%s, not %s", name,
        least and (" of at least " .. least) or "", misuse.shown(value))
    end
    return integer
  end
end

local function one_of(choices)
  return function(name, value)
    return misuse.choice("setting " .. name, value, choices)
  end
end

local function part_of_body(name, value)
  return body_lists(misuse.check("setting " .. name, value, "table"))
end

-- A copy, so that no metatable of a script's stands between its items and the body.
local function list_of(what, kind, name, value)
  misuse.check_keys(("setting %s is a list of %ss"):format(name, what), value)
  local copy = {}
  for index = 1, #value do
    copy[index] = misuse.check(("each %s of setting %s"):format(what, name), value[index], kind)
  end
  return copy
end

local function stop_texts(name, value)
  if type(value) == "string" then
    return { value }
  end
  return list_of("text", "string", name, misuse.check("setting " .. name, value, "string", "table"))
end

local function tools(name, value)
  return body_lists(list_of("tool", "table", name, misuse.check("setting " .. name, value, "table")))
end

-- false and "none": no limit
local function limit_of(name, value)
  if not value or value == "none" then
    return false
  end
  local seconds = time.seconds(value, name)
  if seconds == 0 then
    misuse.raise("%s: no request ends in no time; \"none\" is no limit", name)
  end
  return seconds
end

local function timeouts(_, value)
  if type(value) ~= "table" then
    misuse.raise("setting timeouts is a table such as { total = \"30s\" }, not %s", misuse.kind(value))
  end
  local known = { "connect", "first_token", "idle", "total" }
  local read = {}
  for name, duration in pairs(value) do
    if not lists.has(known, name) then
      misuse.raise("timeouts has no %s%s", misuse.name(name), misuse.near_or_all(name, known))
    end
    read[name] = limit_of("timeouts." .. name, duration)
  end
  return read
end

-- They say how the request is cut into messages, which is not a script's to say.
local own_headers = { ["content-length"] = true, ["transfer-encoding"] = true }

-- A copy: a table whose __pairs gives other names the next time must not pass by these checks.
local function headers(_, value)
  misuse.check("setting headers", value, "table")
  local read = {}
  for name, content in pairs(value) do
    if type(name) ~= "string" or not name:match("^[%w!#$%%&'*+.^_`|~-]+$") then
      misuse.raise("headers: %s is no name of a header; write { [\"X-Name\"] = \"text\" }", misuse.shown(name))
    end
    if own_headers[name:lower()] then
      misuse.raise("header %s: bench writes it", name)
    end
    if not secret.is(content) then
      misuse.check("header " .. name, content, "string", "number")
      if tostring(content):match("[\r\n%z]") then
        misuse.raise("header %s has a line break in it", name)
      end
    end
    read[name] = content
  end
  return read
end

local function label(_, value)
  return misuse.check_name("setting label", tostring(misuse.check("setting label", value, "string", "number")))
end

local function duration(name, value)
  return time.seconds(value, "setting " .. name)
end

local readers = {
  max_tokens = whole(1),
  min_tokens = whole(0),
  ignore_eos = of_type("boolean"),
  temperature = number,
  top_p = number,
  top_k = whole(),
  seed = whole(),
  stop = stop_texts,
  stream = of_type("boolean"),
  system = of_type("string"),
  tools = tools,
  extra = part_of_body,
  headers = headers,
  timeouts = timeouts,
  retries = whole(0),
  cache = one_of { "as-is", "bypass" },
  cancel_after = duration,
  label = label,
  on_token = of_type("function"),
}

-- What is sent to the model and shapes its answer; kept as `sampling` with the backend: so many ways of asking.
settings.sampling = { "max_tokens", "min_tokens", "ignore_eos", "temperature", "top_p", "top_k", "seed", "stop",
  "extra" }
settings.MOST_ASKINGS = 8

function settings.names()
  return lists.names(readers)
end

-- Checks a script's table; raises at its line. nil is no settings.
function settings.read(given)
  local read = {}
  misuse.check("settings", given, "nil", "table")
  for name, value in pairs(given or {}) do
    local reader = readers[name]
    if not reader then
      misuse.raise("no setting %s%s (settings: %s)", misuse.name(name), misuse.near(name, settings.names()),
        table.concat(settings.names(), ", "))
    end
    read[name] = reader(name, value)
  end
  for _, name in ipairs(getmetatable(given) ~= nil and settings.names() or {}) do -- no loop tells what it hides
    if read[name] == nil and given[name] ~= nil then
      read[name] = readers[name](name, given[name])
    end
  end
  return read
end

local of_embedding = { "cancel_after", "extra", "headers", "label", "retries", "timeouts" }

-- Refuses of a script's table for an embedding what could only shape an answer.
function settings.check_embedding(given)
  for _, name in ipairs(type(given) == "table" and settings.names() or {}) do
    if given[name] ~= nil and not lists.has(of_embedding, name) then
      misuse.raise("an embedding takes no %s, which shapes an answer (it takes: %s)", name,
        table.concat(of_embedding, ", "))
    end
  end
end

local function overlay(below, above)
  return lists.fill(lists.fill({}, below), above)
end

-- Capitals tell no two names of headers apart.
local function overlay_headers(below, above)
  local taken, merged = {}, lists.fill({}, above)
  for name in pairs(merged) do
    taken[name:lower()] = true
  end
  for name, value in pairs(below or {}) do
    merged[name] = merged[name] or not taken[name:lower()] and value or nil
  end
  return merged
end

-- A backend's settings under those of one ask; headers and timeouts name by name. An empty label is none: in a table
-- nothing tells the two apart.
function settings.merge(below, above)
  local merged = overlay(below, above)
  merged.headers = overlay_headers(below.headers, above.headers)
  merged.timeouts = overlay(default_timeouts, overlay(below.timeouts, above.timeouts))
  merged.label = merged.label ~= "" and merged.label or nil
  local sent = merged.extra and merged.extra.stream
  merged.stream = type(sent) ~= "boolean" and merged.stream ~= false or sent == true
  merged.retries = merged.retries or 0
  merged.cache = merged.cache or "as-is"
  return merged
end

-- The timeouts as core.http takes them: nil for none.
function settings.limits(merged)
  local limit = {}
  for name, seconds in pairs(merged) do
    limit[name] = seconds or nil
  end
  return limit
end

local function is_object(value)
  return type(value) == "table" and getmetatable(value) == nil and value[1] == nil
end

local deepest = 128 -- no JSON is deeper; who writes it says so, or that a table is within itself

-- `extra` into a body, deeply: objects are merged, everything else is replaced, and null takes out what stands there.
-- depth: of the body; nil: 0.
function settings.merge_extra(body, extra, depth)
  depth = (depth or 0) + 1
  for name, value in pairs(extra) do
    if value == json.null and body[name] ~= nil then
      body[name] = nil
    elseif not is_object(value) or depth > deepest then
      body[name] = value
    else
      body[name] = settings.merge_extra(is_object(body[name]) and body[name] or {}, value, depth)
    end
  end
  return body
end

return settings
