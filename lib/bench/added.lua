-- What a server computes with besides its weights, as llama-server tells it: adapters, and tokens that are drafted
-- before the model judges them (speculative decoding). And which other server, or how much of a GPU, computes for an
-- Ollama.
local address = require "bench.address"
local core_json = require "core.json"
local lists = require "bench.lists"

local added = {}

local function decoded(answer)
  local value = answer and core_json.decode(answer)
  return type(value) == "table" and value or nil
end

local function word_of(adapter)
  local name = tostring(adapter.path):match "[^/\\]+$" or "?"
  return adapter.scale == 1 and name or ("%s x %g"):format(name, adapter.scale)
end

-- The answer of /lora-adapters -> "a.gguf, b.gguf x 0.5", "none", or nil.
function added.adapters_of(answer)
  local list = decoded(answer)
  if not list or next(list) ~= nil and not list[1] then -- an error is an object
    return nil
  end
  local used = lists.filter(list, function(adapter)
    return type(adapter) == "table" and type(adapter.scale) == "number" and adapter.scale ~= 0
  end)
  return #used > 0 and table.concat(lists.map(used, word_of), ", ") or "none"
end

-- The answer of /slots -> "yes", "no", or nil.
function added.drafts_of(answer)
  local slots = decoded(answer)
  local slot = slots and slots[1]
  if type(slot) ~= "table" or type(slot.speculative) ~= "boolean" then
    return nil
  end
  return slot.speculative and "yes" or "no"
end

-- "https://ollama.com:443" -> "ollama.com"; nil for what is no URL.
function added.host_of(url)
  local parts = url and address.parse(url)
  return parts and parts.host
end

-- "41 % CPU, 59 % GPU" of the share of a model that lies on a GPU; nil where it is not known.
function added.processor_of(on_gpu)
  local percent = on_gpu and math.floor(100 * on_gpu + 0.5)
  if not percent or on_gpu == 0 or on_gpu == 1 then
    return percent and (on_gpu == 0 and "CPU" or "GPU")
  end
  return ("%d %% CPU, %d %% GPU"):format(100 - percent, percent)
end

-- "speculative decoding, adapter a.gguf" of one backend, or nil.
function added.words(backend)
  local is_split = backend.on_gpu and backend.on_gpu > 0 and backend.on_gpu < 1
  return lists.joined(", ", backend.remote and "run by " .. backend.remote,
    is_split and "on " .. added.processor_of(backend.on_gpu),
    backend.drafts == "yes" and "speculative decoding",
    backend.adapters and backend.adapters ~= "none" and "adapters " .. backend.adapters)
end

return added
