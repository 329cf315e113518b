-- What a comparison of two worlds must say of them: each fact that both servers tell is the same or differs, whatever
-- else is unknown; and what of it means that they did not do the same work.
local told = {}

local function by(a, b)
  return a == b and "same" or "differs"
end

local is_open = { ollama = true, llamacpp = true } -- these tell parameters and weights

local function both(a, b, holds)
  return holds[a.kind] and holds[b.kind]
end

-- The very file, where both tell it.
local function file_of(w)
  return w.kind == "ollama" and not w.is_old and w.weights or nil
end

local is_short = { ollama = true, openai = true } -- of a name: the other kinds add "Instruct"

local function model(a, b)
  local x, y = file_of(a), file_of(b)
  local are_open = both(a, b, is_open)
  if x and y then
    return by(x, y)
  elseif a.model ~= b.model then
    local may_be_one = a.kind ~= b.kind and are_open and a.model.parameters == b.model.parameters
      and told.quantisation(a, b) == "same"
    return may_be_one and "unknown" or "differs"
  elseif a.is_continued == b.is_continued and is_short[a.kind] == is_short[b.kind] and not a.is_continued then
    return "same"
  elseif a.kind == b.kind then
    return a.is_continued == b.is_continued and "same" or "unknown"
  end
  return (a.is_continued or b.is_continued) and "any" or are_open and "same" or "unknown"
end

local function is_named(w)
  return w.kind == "ollama" or not w.is_old
end

function told.quantisation(a, b)
  if not both(a, b, is_open) then
    return "unknown"
  elseif is_named(a) and is_named(b) then
    return by(a.quantization, b.quantization)
  end
  local less, more = math.min(a.quantization[3], b.quantization[3]), math.max(a.quantization[3], b.quantization[3])
  if more > 1.25 * less then
    return "differs"
  end
  return a.kind == b.kind and less == more and "same" or "unknown"
end

local function template(a, b)
  return a.kind == b.kind and is_open[a.kind] and by(a.template, b.template) or "unknown"
end

local tells_context = { ollama = true, llamacpp = true, vllm = true }

local function here(w)
  return w.is_simulated or w.host == "127.0.0.1"
end

local sampling = { max_tokens = true, stop = true, cache = true, extra = true, temperature = false, seed = false }

local function is_same_setting(a, b)
  if type(a) == "table" and type(b) == "table" then
    return true -- there is one of each
  end
  return a == b
end

local function add_servers(states, shouted, a, b)
  states.model, states.quantisation, states["chat template"] = model(a, b), told.quantisation(a, b), template(a, b)
  states.parameters = both(a, b, is_open) and by(a.model.parameters, b.model.parameters) or "unknown"
  states.context = both(a, b, tells_context) and by(a.context, b.context) or "unknown"
  states.slots = both(a, b, { llamacpp = true }) and by(a.slots, b.slots) or "unknown"
  states["KV cache"] = both(a, b, { vllm = true }) and by(a.kv_cache, b.kv_cache) or "unknown"
  states.architecture = both(a, b, { ollama = true }) and by(a.model.architecture, b.model.architecture) or "unknown"
  states.engine = (a.kind == "openai" or b.kind == "openai") and "unknown" or a.kind ~= b.kind and "differs"
    or by(a.version, b.version)
  if a.kind == "ollama" and b.kind == "ollama" then
    states.digest = by(a.weights .. a.template, b.weights .. b.template)
    shouted.digest = not (file_of(a) and file_of(b))
  end
end

local function add_settings(states, shouted, a, b)
  for name, is_work in pairs(sampling) do
    if a.sampling[name] ~= nil or b.sampling[name] ~= nil then
      states[name] = is_same_setting(a.sampling[name], b.sampling[name]) and "same" or "differs"
      shouted[name] = is_work
    end
  end
end

local function add_machines(states, shouted, a, b, within)
  if not (here(a) and here(b)) then
    states.host = by(here(a) and "here" or a.host, here(b) and "here" or b.host)
  end
  if a.is_simulated or b.is_simulated then
    states.server = by(a.is_simulated or false, b.is_simulated or false)
  end
  if not within and a.machine ~= b.machine then
    states.cpu, states.cores = "differs", "differs"
    shouted.cpu, shouted.cores = here(a) and here(b), here(a) and here(b)
  end
end

local function add_work(states, shouted, plan)
  local base, new = plan.base, plan.new
  shouted["prompt tokens"], shouted["cached prompts"] = true, true
  states["prompt tokens"] = plan.change == "prompts" and "differs"
    or base.fails == new.fails and not new.loses and "same" or "any"
  states["cached prompts"] = (new.fails > 0 or new.loses) and "any" or not (base.cached and new.cached) and "unknown"
    or by(base.cached, new.cached)
  if plan.change == "thinks" then
    states["answers with reasoning"], shouted["answers with reasoning"] = "differs", true
  end
end

-- -> name of a field -> "same", "differs", "unknown", "any" (nobody can know from names); and the set of those whose
-- difference is another experiment. A field that is not named need not be there.
function told.of(a, b, within, plan)
  local states = {}
  local shouted = { model = true, quantisation = true, parameters = true, architecture = true, context = true,
    slots = true, ["KV cache"] = true, ["chat template"] = true, host = true, server = true }
  add_servers(states, shouted, a, b)
  add_settings(states, shouted, a, b)
  add_machines(states, shouted, a, b, within)
  add_work(states, shouted, plan)
  return states, shouted
end

return told
