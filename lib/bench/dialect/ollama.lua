-- Ollama's own API: /api/chat, /api/generate, /api/embed; newline-delimited JSON.
local dialect = require "bench.dialect"
local json = require "bench.json"
local lists = require "bench.lists"
local moment = require "bench.moment"
local text = require "core.text"
local time = require "bench.time"

local place = dialect.place

-- Durations are ns. eval_duration runs from the first to the last of eval_count tokens.
local plan = {
  places = {
    place("content", "message.content"),
    place("content", "response"),
    place("reasoning", "message.thinking"),
    place("reasoning", "message.reasoning_content"), -- two names of servers that speak as Ollama
    place("reasoning", "message.reasoning"),
    place("reasoning", "thinking"),
    place("tool_name", "message.tool_calls[*].function.name"),
    place("tool_name", "message.tool_calls[*].name"),
    place("tool_arguments", "message.tool_calls[*].function.arguments"),
    place("tool_arguments", "message.tool_calls[*].arguments"),
    place("tool_id", "message.tool_calls[*].id"),
    place("tool_index", "message.tool_calls[*].function.index"),
    place("finish", "done_reason"),
    place("done", "done"),
    place("error", "error.message"),
    place("error", "error"),
    place("model", "model"),
    place("prompt_tokens", "prompt_eval_count"),
    place("cached_tokens", "prompt_eval_cached_count"),
    place("output_tokens", "eval_count"),
    place("server_load", "load_duration"),
    place("server_prefill", "prompt_eval_duration"),
    place("server_decode", "eval_duration"),
    place("server_total", "total_duration"),
    place("server_decode_tokens", "eval_count"),
  },
  failed_finish = dialect.given_up,
  framing = "lines",
}

local names = {
  max_tokens = "num_predict", temperature = "temperature", top_p = "top_p", top_k = "top_k", seed = "seed",
  stop = "stop",
}

-- A model that must be loaded first takes longer than this; one that is loaded took up to 0.7 s, too,
-- where its vocabulary is big, hence the other two conditions.
local least_cold_load = 0.1
local surely_cold_load = 1
local cold_factor = 10

-- Whether an answer's load_duration (s) means that the model was loaded for it. `least` is the shortest
-- one seen before, nil for the first; `listed` is what /api/ps said before it (nil: unknown).
local function is_cold(load, least, listed)
  if load == nil then
    return nil
  end
  if load < least_cold_load then
    return false
  end
  if listed == false then
    return true
  end
  if least then
    return load > cold_factor * least
  end
  if load > surely_cold_load then
    return true
  end
  if listed then
    return false
  end
  return nil
end

-- The context that a script asks for itself, or nil.
local function asked_context(asked)
  local options = asked.extra and asked.extra.options
  return type(options) == "table" and math.tointeger(options.num_ctx) or nil
end

-- Of 0.30.0 prompt_eval_count is what was evaluated, of all others the whole prompt (ollama/ollama#16428).
local function counts_evaluated(version)
  return tostring(version):find("^0%.30%.0") ~= nil
end

-- version: of the server. cold: whether the model was loaded for this answer, nil where nobody knows.
local function settle_prompt(exchange, target, version, key, cold)
  local counted, cached = exchange.prompt_tokens, exchange.cached_tokens
  if counted == nil or cached then
    return
  end
  if cold then
    target.prompt_sizes[key] = counted -- nothing can have come from a cache
  end
  if counts_evaluated(version) then
    local whole = target.prompt_sizes[key]
    exchange:set("evaluated_tokens", counted)
    exchange:set("prompt_tokens", whole)
    exchange:set("cached_tokens", whole and math.max(0, whole - counted))
    if whole and whole > counted then
      exchange:flag("cached")
    end
  elseif cold then
    exchange:set("evaluated_tokens", counted)
  end
end

local function with_tag(model)
  return model:match(":[^/]*$") and model or model .. ":latest"
end

local function entries(ask, path)
  local answer = ask("GET", path)
  return dialect.named(dialect.get(answer, "value", "models"), "name")
end

-- digest: of the model, where it is known: a copy of one that is loaded (ollama cp) runs under the other's name, and
-- what was made anew (ollama create) stands beside what is still loaded of it.
local function entry_of(list, model, digest)
  local named = lists.filter(list, function(entry)
    return entry.name == with_tag(model) or entry.model == with_tag(model)
  end)
  local exact = digest and (lists.find(named, "digest", digest) or #named == 0 and lists.find(list, "digest", digest))
  return exact or named[1]
end

-- Whether a loaded model is about to go: with OLLAMA_KEEP_ALIVE=0 it is listed for some ms after each answer.
local function is_leaving(entry, answer)
  local now, due = time.http_date(answer.date or ""), moment.read(dialect.text(entry, "expires_at") or "")
  return now ~= nil and due ~= nil and due // 1000000000 <= now
end

local function stored_entry(ask, model)
  return entry_of(entries(ask, "/api/tags"), model)
end

-- The rest that the server's total leaves unexplained is the wait for a slot. Of vectors it does not say how long they
-- took.
local function settle_queue(exchange)
  local total, load = exchange.server_total, exchange.server_load
  if total and load and exchange.answers > 0 then
    local rest = total - load - (exchange.server_prefill or 0) - (exchange.server_decode or 0)
    exchange:set("server_queue", math.max(0, rest))
  end
end

-- Arguments are an object here.
local function written_call(call)
  return { id = call.id, ["function"] = { name = call.name, arguments = json.decode(call.arguments) or {} } }
end

local function body(call, input, settings, model)
  if call == "embed" then
    return "/api/embed", { model = model, input = json.array(input.texts) }, {}
  end
  local options = {}
  local left_out = dialect.apply(options, names, settings, dialect.sampling)
  local request = { model = model, stream = settings.stream, options = next(options) and options or nil }
  if call == "chat" then
    request.messages = dialect.messages(input, settings, written_call)
    request.tools = dialect.tools(settings)
    return "/api/chat", request, left_out
  end
  request.prompt = input.text
  request.system = settings.system
  return "/api/generate", request, dialect.apply_none(left_out, settings, { "tools" })
end

-- What it does not know it calls "" or "unknown".
local function known(word)
  return word and word ~= "" and word:lower() ~= "unknown" and word or nil
end

local function describe(ask, model)
  local version = ask("GET", "/api/version")
  local answer = ask("POST", "/api/show", { model = model })
  local show = answer and answer.status == 200 and answer.value or {}
  local info = dialect.get(show, "model_info") or {}
  local stored = stored_entry(ask, model)
  local loaded = entry_of(entries(ask, "/api/ps"), model, dialect.text(stored, "digest"))
  local weights = dialect.whole(info, "general.parameter_count")
  local size = dialect.whole(stored, "size")
  -- of a model that another server runs (ollama.com) what is here is a stub
  local template = not dialect.text(show, "remote_host") and dialect.text(show, "template") or nil
  return {
    server_version = dialect.text(version, "value", "version"),
    model = model,
    digest = dialect.text(loaded, "digest") or dialect.text(stored, "digest"),
    architecture = known(dialect.text(info, "general.architecture") or dialect.text(show, "details", "family")),
    parameters = weights,
    quantization = known(dialect.text(show, "details", "quantization_level")),
    bits_per_weight = size and weights and weights > 0 and size * 8 / weights or nil,
    -- only a loaded model has a context: the server chooses it when it loads
    context = dialect.whole(loaded, "context_length"),
    template_hash = template and text.digest(template),
    is_loaded = loaded ~= nil,
  }
end

-- nil: unknown.
local function is_loaded_now(ask, target)
  local answer = ask("GET", "/api/ps")
  if not answer or answer.status ~= 200 then
    return nil
  end
  local list = dialect.named(dialect.get(answer, "value", "models"), "name")
  local entry = entry_of(list, target.model, target.facts.digest)
  return entry ~= nil and not is_leaving(entry, answer)
end

-- With another context than that of the first ask it is loaded again. What was not there may be loaded by now, for
-- another ask that is still answered; where a model had to be loaded, another one may have taken its place.
local function is_there(ask, target, asked)
  if target.was_cold or target.is_loaded == false then
    target.is_loaded = is_loaded_now(ask, target)
  end
  if not target.is_loaded or target.least_load then
    return target.is_loaded
  end
  local context = target.facts.context
  return (asked_context(asked) or context) == context
end

local function unload(ask, model)
  local answer, _, message = ask("POST", "/api/generate", { model = model, keep_alive = 0 })
  if not answer or answer.status ~= 200 then
    return nil, message or answer.message
  end
  local digest = dialect.text(stored_entry(ask, model), "digest")
  return dialect.await_gone(function()
    return not entry_of(entries(ask, "/api/ps"), model, digest)
  end)
end

return {
  kind = "ollama",
  title = "Ollama",
  presence = "/api/version",
  paths = { "/api/chat", "/api/generate", "/api/embed", "/api/embeddings", "/api/show", "/api/ps", "/api/tags",
    "/api/version", "/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/models" },
  plans = { chat = plan, complete = plan, embed = plan },
  body = body,
  describe = describe,
  unload = unload,
  is_cold = is_cold,
  asked_context = asked_context,

  offered = function(ask)
    local loaded = entries(ask, "/api/ps")
    return lists.column(entries(ask, "/api/tags"), "name"), #loaded == 1 and loaded[1].name or nil
  end,

  has = function(ask, model)
    local answer = ask("POST", "/api/show", { model = model })
    return not answer or answer.status ~= 404
  end,

  keeps_sizes = function()
    return true
  end,

  settle_prompt = settle_prompt,

  is_there = is_there,
  is_loaded_now = is_loaded_now,

  settle = function(exchange, target, key, asked, was_there)
    target.asks_context = target.asks_context or asked_context(asked) ~= nil
    local load = exchange.server_load
    local cold = is_cold(load, target.least_load, was_there)
    -- who waited for what was loaded for another finds its prompt in the cache
    local waited = was_there == false and target.is_loaded
    target.was_cold = cold == true
    if cold ~= nil then
      exchange:set("cold_start", cold)
    end
    if load then
      target.least_load = math.min(target.least_load or load, load)
    end
    target.is_loaded = load ~= nil or nil -- an answer that failed may have cost the model
    settle_prompt(exchange, target, target.facts.server_version, key, cold and not waited)
    settle_queue(exchange)
  end,

  vectors = function(answer)
    local vectors = dialect.get(answer, "embeddings")
    return type(vectors) == "table" and vectors or {}
  end,
}
