-- What a table of a script is in a body where Lua does not tell: a list that it wrote as {}, an object that it counts
-- from 1.
local core_json = require "core.json"
local json = require "bench.json"
local lists = require "bench.lists"

-- Fields that are lists wherever they are, the words of a JSON schema among them: their {} is one, any other {} an
-- object.
local list_fields = lists.set { "allOf", "allowed_token_ids", "anyOf", "bad_words", "content", "enum", "functions",
  "images", "messages", "modalities", "oneOf", "prefixItems", "required", "samplers", "stop", "stop_token_ids",
  "tool_calls", "tools" }

-- In these the fields have names that somebody chose: one "required" is no list.
local of_names = lists.set { "$defs", "arguments", "definitions", "dependentSchemas", "patternProperties",
  "properties" }

local deepest = 128 -- no JSON is deeper, and who writes it says so

local function is_plain(value)
  return type(value) == "table" and (getmetatable(value) == nil or core_json.is_array(value))
end

-- The weights of tokens by their numbers, as an object also where Lua counts from 1 as they do; the list of pairs that
-- llama-server takes stays one.
local function weights(value)
  local object = {}
  for token, weight in pairs(value) do
    object[tostring(token)] = weight
  end
  return object
end

local copied -- for field

local function field(name, value, are_names, depth, copies)
  if not are_names and list_fields[name] and is_plain(value) and next(value) == nil then
    return json.array {}
  end
  if name == "logit_bias" and not are_names and is_plain(value) and type(value[1]) == "number" then
    return weights(value)
  end
  return copied(value, not are_names and of_names[name] or false, depth, copies)
end

-- copies: those made of each table, by whether its fields are names, since one may stand in many places or in itself.
function copied(value, are_names, depth, copies)
  if not is_plain(value) or depth > deepest then
    return value
  end
  local known = copies[are_names]
  if not known[value] then
    known[value] = setmetatable({}, getmetatable(value))
    for name, item in pairs(value) do
      known[value][name] = field(name, item, are_names, depth + 1, copies)
    end
  end
  return known[value]
end

-- A copy of what is to stand in a body, with those lists as lists and those objects as objects.
return function(value)
  return copied(value, false, 0, { [true] = {}, [false] = {} })
end
