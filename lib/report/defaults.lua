-- What a server does where nothing is sent: the sampling that llama-server was started with, the parameters of an
-- Ollama model. Pure.
local askings = require "report.askings"
local core_json = require "core.json"
local lists = require "bench.lists"

local defaults = {}

-- Of llama-server, which lists all it has; what is of no answer's text or length is left out.
local of_llama = { "n_predict", "temperature", "top_k", "top_p", "min_p", "typical_p", "repeat_penalty",
  "presence_penalty", "frequency_penalty", "dry_multiplier", "mirostat", "seed" }

-- What a script sends in its place.
local length = { "max_tokens", "max_completion_tokens" }
local sent_as = { n_predict = length, num_predict = length }

-- At temperature 0 the likeliest token is taken, whatever these say.
local of_chance = lists.set { "top_k", "top_p", "min_p", "typical_p", "seed" }

-- The answer of /props -> value by name, or nil.
function defaults.of_props(answer)
  local value = answer and core_json.decode(answer)
  local settings = type(value) == "table" and value.default_generation_settings
  local params = type(settings) == "table" and settings.params
  if type(params) ~= "table" then
    return nil
  end
  local made = {}
  for _, name in ipairs(of_llama) do
    local known = type(params[name]) == "number"
    made[name] = known and ("%.6g"):format(params[name]) or nil
  end
  return made
end

-- The `parameters` of /api/show, a line each (one name may have several) -> value by name, or nil. The context that a
-- model gets is a fact of its own.
function defaults.of_show(text)
  if not text then
    return nil
  end
  local made = {}
  for name, value in text:gmatch "([%w_]+)[ \t]+([^\n]+)" do
    made[name] = made[name] and made[name] .. " " .. value or value
  end
  made.num_ctx = nil
  return made
end

local function object(value)
  return type(value) == "table" and value or {}
end

-- What an asking sent of this name; extra may hold any of them, for Ollama in its options.
local function sent(asking, name)
  local extra = object(asking.extra)
  local value = object(extra.options)[name] or extra[name]
  return value == nil and asking[name] or value
end

-- Whether an asking left it to the server.
local function is_left(name, asking)
  local sent_names = lists.append({ name }, sent_as[name] or {})
  local is_sent = #lists.filter(sent_names, function(each) return sent(asking, each) ~= nil end) > 0
  return not is_sent and not (of_chance[name] and sent(asking, "temperature") == 0)
end

local function decided(name, backend)
  local asked = askings.of(backend)
  return #lists.filter(#asked > 0 and asked or { asked }, function(one) return is_left(name, one) end) > 0
end

local function unlike(x, y)
  local names = {}
  for name, value in pairs(x) do
    names[#names + 1] = y[name] ~= value and name or nil
  end
  for name in pairs(y) do
    names[#names + 1] = x[name] == nil and name or nil
  end
  return names
end

-- Names of what one and the other have by themselves and differs, as far as it decided anything. llama-server lists all
-- that its version knows; Ollama what was set.
local function apart(a, b)
  return lists.filter(unlike(a.defaults, b.defaults), function(name)
    local are_known = a.defaults[name] and b.defaults[name] or a.is_ollama and b.is_ollama
    return are_known and (decided(name, a) or decided(name, b))
  end)
end

-- "same", "differs" or "unknown".
function defaults.state(a, b)
  if not (a.defaults and b.defaults) or a.is_ollama ~= b.is_ollama then
    return "unknown"
  end
  return #apart(a, b) > 0 and "differs" or "same"
end

-- What parts a backend from its peers: "num_predict none, temperature 0.1", or nil.
function defaults.words(backend, peers)
  local found = {}
  for _, peer in ipairs(peers) do
    if defaults.state(backend, peer) == "differs" then
      lists.append(found, apart(backend, peer))
    end
  end
  local words = lists.map(lists.names(lists.set(found)), function(name)
    return name .. " " .. (backend.defaults[name] or "none")
  end)
  return #words > 0 and table.concat(words, ", ") or nil
end

return defaults
