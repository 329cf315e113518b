-- The facts of a fingerprint that make backends one experiment or not, and how two backends stand to each other there.
local added = require "bench.added"
local address = require "bench.address"
local defaults = require "report.defaults"
local number = require "report.number"
local template = require "report.template"
local text = require "report.text"
local weights = require "report.weights"

local likeness = {}

likeness.WIDEST = 27 -- columns of one value: three columns fit a page

-- A value as a page shows it; nil for none.
function likeness.plain(value)
  return value ~= nil and text.cut(text.line(value), likeness.WIDEST) or nil
end

local plain = likeness.plain

local MOST_LISTED = 5 -- counts of tokens

-- Several values: the first of them.
function likeness.listed(values)
  local shown = table.concat(values, ", ", 1, math.min(#values, MOST_LISTED))
  return #values > MOST_LISTED and shown .. ", ..." or shown
end

-- The first one explains the number in brackets.
local function quantization(backend, place)
  local bits = backend.bits_per_weight and ("%.1f"):format(backend.bits_per_weight)
  local words = bits and (place == 1 and bits .. " bits per weight" or bits)
  local value = plain(backend.quantization)
  if value and bits then
    return ("%s (%s)"):format(value, words)
  end
  return value or words
end

-- Where it ran, as far as it is known: nil where no address is kept.
local function host_of(backend)
  if backend.remote then
    return backend.remote
  elseif backend.here == 1 then
    return "this machine"
  end
  local parts = backend.address and address.parse(backend.address)
  return parts and parts.host
end

local FAR_NS, FAR_FACTOR = 1e6, 2 -- by less two ways to a server differ from one look to the next

-- The shortest round trip in ns; nil where nobody knows, as behind a proxy.
local function round_trip(backend)
  return backend.here == 1 and 0 or backend.round_trip_ns
end

local function round_trips(a, b)
  local near, far = round_trip(a), round_trip(b)
  if not (near and far) then
    return "unknown"
  end
  near, far = math.min(near, far), math.max(near, far)
  return far - near > FAR_NS and far > FAR_FACTOR * near and "differs" or "same"
end

local OTHER_SHARE = 0.05 -- two versions of Ollama count the memory of the same layers a little differently

-- All of a model on a GPU, a part of it, or nothing: and how large a part.
local function processors(a, b)
  local one, other = a.on_gpu, b.on_gpu
  if not (one and other) then
    return "unknown"
  end
  local is_other_kind = (one == 0) ~= (other == 0) or (one == 1) ~= (other == 1)
  return (is_other_kind or math.abs(one - other) >= OTHER_SHARE) and "differs" or "same"
end

local MOST_WORDS = 60 -- columns: where they are wide a line is given to each

local function wide(words)
  return words and text.cut(text.line(words), MOST_WORDS)
end

local function own_defaults(backend, _, peers)
  return wide(defaults.words(backend, peers))
end

-- Two servers under one name are not one experiment with any other.
local function changes(a, b)
  return (a.changed or b.changed) and "differs" or "same"
end

local servers = { [0] = "a real one", "simulated" } -- by what the row says

-- Each: what it is called, how it is shown (backend, place among its peers, peers), what is compared (backend, peers:
-- all that are compared, itself too), or how two stand to each other (as in report.weights), whether a page says when
-- it is unknown, what a backend said though it can be compared with none of its peers, what else than silence may be
-- why, and whether it is worth a word only where it differs.
local fields = {
  { name = "server", only_apart = true, show = function(b) return servers[b.simulated] end,
    key = function(b) return b.simulated end },
  { name = "host", only_apart = true, show = function(b) return plain(host_of(b)) end, key = host_of },
  { name = "round trip", only_apart = true, key = round_trip, state = round_trips,
    show = function(b) return round_trip(b) and number.duration(round_trip(b) / 1e9) end },
  { name = "meanwhile", changed = true, only_apart = true, show = function(b) return wide(b.changed or "unchanged") end,
    state = changes },
  { name = "quantisation", weights = true, asked = true, show = quantization,
    key = function(b) return weights.quantization_key(b.quantization) end, state = weights.quantization },
  { name = "parameters", weights = true, asked = true,
    show = function(b) return number.count_of_parameters(b.parameters) end,
    key = function(b) return b.parameters and number.count_of_parameters(b.parameters) end },
  { name = "architecture", weights = true, show = function(b) return plain(b.architecture) end,
    key = function(b) return b.architecture and b.architecture:lower() end },
  { name = "context", asked = true, show = function(b) return b.context and tostring(b.context) end,
    key = function(b) return b.context end },
  { name = "slots", show = function(b) return b.slots and tostring(b.slots) end,
    key = function(b) return b.slots end },
  { name = "KV cache", asked = true, show = function(b) return plain(b.kv_cache) end,
    key = function(b) return b.kv_cache and b.kv_cache:lower() end },
  { name = "processor", only_apart = true, state = processors,
    show = function(b) return added.processor_of(b.on_gpu) end },
  { name = "adapters", weights = true, only_apart = true, show = function(b) return plain(b.adapters) end,
    key = function(b) return b.adapters end },
  { name = "speculative", only_apart = true, show = function(b) return b.drafts end,
    key = function(b) return b.drafts end },
  { name = "defaults", only_apart = true, show = own_defaults,
    key = function(b) return b.defaults end, state = defaults.state },
  { name = "chat template", asked = true, template = true,
    show = function(b, _, peers) return (template.key(b, peers) or template.said(b) or ""):match("^........") end,
    key = template.key, said = template.said, obstacle = template.obstacle },
}

likeness.fields = fields

-- How two of `peers` stand to each other in a field: "same", "differs" or "unknown", and why where that is not a
-- server's silence.
function likeness.state(field, a, b, peers)
  if field.state then
    return field.state(a, b)
  end
  local x, y = field.key(a, peers), field.key(b, peers)
  if x == nil or y == nil then
    return "unknown", field.obstacle and field.obstacle(peers)
  end
  return x == y and "same" or "differs"
end

local function has_two_keys(field, backends)
  local first
  for _, backend in ipairs(backends) do
    local key = field.key(backend, backends)
    if first ~= nil and key ~= nil and key ~= first then
      return true
    end
    first = first == nil and key or first
  end
  return false
end

-- Whether two of them are known to differ in a field.
function likeness.differs(field, backends)
  if not field.state then
    return has_two_keys(field, backends)
  end
  for i = 1, #backends - 1 do
    for k = i + 1, #backends do
      if likeness.state(field, backends[i], backends[k], backends) == "differs" then
        return true
      end
    end
  end
  return false
end

local model_field = { name = "model", weights = true, state = weights.model,
  show = function(b, _, peers) return plain(weights.model_name(b, peers)) end }

-- The same with the model's name before them.
likeness.with_model = table.move(fields, 1, #fields, 2, { model_field })

return likeness
