-- What was sent with the asks of a backend, of which some says how much work they are.
local core_json = require "core.json"
local json = require "bench.json"
local lists = require "bench.lists"
local settings = require "bench.settings"

local askings = {}

-- Settings that say how much work there is, not which of its words a model takes.
askings.is_work = lists.set { "max_tokens", "min_tokens", "ignore_eos", "stop", "cache", "extra" }

-- Of a row's column `sampling`: one asking by the names of its settings, or a list of several; empty where nothing is
-- known.
function askings.of(row)
  local made = row.sampling and core_json.decode(row.sampling)
  if type(made) ~= "table" then
    return {}
  end
  return #made > 0 and lists.filter(made, function(one) return type(one) == "table" end) or made
end

-- Whether these are all ways in which a backend was asked: of more than are kept the first ones are there.
function askings.are_all(list)
  return #list < settings.MOST_ASKINGS
end

-- What stands for a setting that was not sent, or for an option ("--rate") that only the other script has.
function askings.missing(name)
  return name == "cache" and "as-is" or name:find("^%-%-") and "no such option" or "not sent"
end

-- "a, b", or JSON for what is no list of words.
local function list_words(value)
  for _, item in ipairs(value) do
    if type(item) == "table" then
      return json.encode(value)
    end
  end
  return #value > 0 and table.concat(value, ", ") or json.encode(value)
end

-- A setting as it is shown.
function askings.shown(name, value)
  if value == nil then
    return askings.missing(name)
  end
  return type(value) == "table" and list_words(value) or tostring(value)
end

-- A setting as it is compared.
function askings.key(name, value)
  return value == nil and askings.missing(name) or json.encode(value)
end

-- One asking or several as JSON, in an order of its own; only: the names of settings to take, or nil for all.
function askings.text(list, only)
  local texts = {}
  for i, one in ipairs(#list > 0 and list or { list }) do
    local kept = {}
    for name, value in pairs(one) do
      kept[name] = (not only or only[name]) and value or nil
    end
    texts[i] = json.encode(kept)
  end
  table.sort(texts)
  return "[" .. table.concat(texts, ",") .. "]"
end

return askings
