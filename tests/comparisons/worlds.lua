-- What a side really was, and what its server would say of that: weights, engine, context, host, settings. Sides are
-- drawn to be the same but for a few chosen facts, so that it is known what a comparison of them must say.
local worlds = {}

local one_of, chance

-- One file of weights as each kind of server calls it.
local function model(ollama, gguf, hub, gateway, parameters, architecture)
  return { ollama = ollama, llamacpp = gguf, vllm = hub, openai = gateway, parameters = parameters,
    architecture = architecture }
end

local models = {
  model("qwen2:0.5b", "qwen2-0_5b-instruct", "Qwen/Qwen2-0.5B-Instruct", "qwen2-0.5b", 494032768, "qwen2"),
  model("qwen2.5:0.5b", "qwen2.5-0.5b-instruct", "Qwen/Qwen2.5-0.5B-Instruct", "qwen2.5-0.5b", 494032768, "qwen2"),
  model("llama3.2:1b", "Llama-3.2-1B-Instruct", "meta-llama/Llama-3.2-1B-Instruct", "llama-3.2-1b", 1235814432,
    "llama"),
  model("llama3.2:3b", "Llama-3.2-3B-Instruct", "meta-llama/Llama-3.2-3B-Instruct", "llama-3.2-3b", 3212749888,
    "llama"),
  model("gemma3:1b", "gemma-3-1b-it", "google/gemma-3-1b-it", "gemma-3-1b", 999885952, "gemma3"),
}

-- A name in which another one goes on: what the two are is not to be told from them.
local continued = { ollama = "-tools", llamacpp = "-abliterated", vllm = "-Turbo", openai = "-mini" }

-- As Ollama names it, as llama-server does, and its bits per weight.
local quantizations = {
  { "Q4_0", "Q4_0", 4.55 }, { "Q4_K_M", "Q4_K - Medium", 4.9 }, { "Q8_0", "Q8_0", 8.5 }, { "F16", "F16", 16.0 },
}

local function digest_of_weights()
  local digits = {}
  for i = 1, 64 do
    digits[i] = ("%x"):format(math.random(0, 15))
  end
  return table.concat(digits)
end

local kinds = { "ollama", "llamacpp", "vllm", "openai" }
local versions = { ollama = { "0.30.0", "0.31.2" }, llamacpp = { "b10434", "b10500" }, vllm = { "0.31.1", "0.32.0" },
  openai = {} }

local function new_world()
  return { kind = one_of(kinds), model = one_of(models), quantization = one_of(quantizations), version = 1,
    weights = digest_of_weights(), template = "t1", context = one_of { 2048, 4096, 32768 }, slots = one_of { 1, 4 },
    kv_cache = one_of { "auto", "fp8" }, host = one_of { "127.0.0.1", "127.0.0.1", "10.0.0.5" }, is_old = chance(0.4),
    machine = 1, sampling = { max_tokens = one_of { 16, 64 }, temperature = 0 } }
end

local function other(list, value)
  local found
  repeat
    found = one_of(list)
  until found ~= value
  return found
end

-- Each changes one fact of a world.
local changes = {}

function changes.model(w)
  w.model, w.weights = other(models, w.model), digest_of_weights()
end

function changes.continued(w)
  w.is_continued, w.weights = true, digest_of_weights()
end

-- The same name, made again from another file.
function changes.weights(w)
  w.weights = digest_of_weights()
end

function changes.quantization(w)
  w.quantization, w.weights = other(quantizations, w.quantization), digest_of_weights()
end

function changes.kind(w)
  w.kind = other(kinds, w.kind)
end

function changes.version(w)
  w.version = 2
end

function changes.template(w)
  w.template = "t2"
end

function changes.context(w)
  w.context = w.context * 2
end

function changes.slots(w)
  w.slots = w.slots * 2
end

function changes.kv_cache(w)
  w.kv_cache = w.kv_cache == "auto" and "fp8" or "auto"
end

function changes.host(w)
  w.host = w.host == "10.0.0.5" and "10.0.0.6" or "10.0.0.5"
end

function changes.machine(w)
  w.machine = 2
end

function changes.simulated(w)
  w.is_simulated = true
end

function changes.max_tokens(w)
  w.sampling.max_tokens = 256
end

function changes.temperature(w)
  w.sampling.temperature = 0.7
end

function changes.stop(w)
  w.sampling.stop = { "\n" }
end

function changes.seed(w)
  w.sampling.seed = 7
end

function changes.cache(w)
  w.sampling.cache = "bypass"
end

function changes.thinking(w)
  w.sampling.extra = { think = true }
end

local names = {}
for name in pairs(changes) do
  names[#names + 1] = name
end
table.sort(names)

local function copy(world)
  local made = {}
  for name, value in pairs(world) do
    made[name] = value
  end
  made.sampling = {}
  for name, value in pairs(world.sampling) do
    made.sampling[name] = value
  end
  return made
end

-- Two worlds, and the set of what was changed. within: both are of one run.
function worlds.draw(random, within)
  one_of, chance = random.one_of, random.chance
  local base, changed = new_world(), {}
  local new = copy(base)
  for _ = 1, one_of { 0, 0, 1, 1, 1, 2, 3 } do
    local name = one_of(names)
    if not changed[name] and not (within and name == "machine") then
      changed[name] = true
      changes[name](new)
    end
  end
  return base, new, changed
end

local function template_text(world)
  return ("<%s>user\nWhy is the sky blue?<end>"):format(world.template)
end

local function digest(text)
  local sum = 7
  for i = 1, #text do
    sum = (sum * 31 + text:byte(i)) & 0xffffffffffff
  end
  return ("%012x"):format(sum):rep(5) .. "0000"
end

local say = {}

function say.ollama(w)
  local name = w.model.ollama .. (w.is_continued and continued.ollama or "")
  local manifest = digest(w.weights .. w.template)
  return { model = name, digest = manifest, architecture = w.model.architecture, parameters = w.model.parameters,
    quantization = w.quantization[1], bits_per_weight = w.quantization[3] + 0.05, context = w.context,
    template_hash = digest("{{" .. w.template .. "}}"),
    raw = { ["/api/show"] = not w.is_old and ('{"modelfile":"FROM /models/blobs/sha256-%s\\n"}'):format(w.weights)
      or nil } }
end

function say.llamacpp(w)
  local name = w.model.llamacpp .. (w.is_continued and continued.llamacpp or "") .. ".gguf"
  return { model = name, parameters = w.model.parameters, quantization = not w.is_old and w.quantization[2] or nil,
    bits_per_weight = w.quantization[3], context = w.context, slots = w.slots,
    template_hash = digest("{% " .. w.template .. " %}"), rendered = template_text(w),
    raw = { ["/apply-template"] = ('{"prompt":"%s"}'):format(template_text(w):gsub("\n", "\\n")) } }
end

function say.vllm(w)
  return { model = w.model.vllm .. (w.is_continued and continued.vllm or ""), context = w.context,
    kv_cache = w.kv_cache, raw = {} }
end

function say.openai(w)
  return { model = w.model.openai .. (w.is_continued and continued.openai or ""), raw = {} }
end

local ports = { ollama = 11434, llamacpp = 8080, vllm = 8000, openai = 80 }

-- What is kept of the backend that a world's server is.
function worlds.backend(world)
  local said = say[world.kind](world)
  said.kind, said.server_version = world.kind, versions[world.kind][world.version]
  said.sampling, said.simulated = world.sampling, world.is_simulated and 1 or 0
  said.here = (world.is_simulated or world.host == "127.0.0.1") and 1 or 0
  said.address = world.is_simulated and "sim" or ("%s://%s:%d"):format(world.kind, world.host, ports[world.kind])
  return said
end

return worlds
