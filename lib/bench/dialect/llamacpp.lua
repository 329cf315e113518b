-- llama.cpp's llama-server: /v1/chat/completions with timings, and its native /completion.
local added = require "bench.added"
local dialect = require "bench.dialect"
local lists = require "bench.lists"
local text = require "core.text"

local place = dialect.place

-- predicted_ms runs from the first to the last of predicted_n tokens; prompt_n counts what was processed,
-- cache_n what was reused.
local timings = {
  place("evaluated_tokens", "timings.prompt_n"),
  place("cached_tokens", "timings.cache_n"),
  place("server_prefill", "timings.prompt_ms", 1e6),
  place("server_decode", "timings.predicted_ms", 1e6),
  place("server_decode_tokens", "timings.predicted_n"),
}

-- What is asked without usage, or gives none in its stream, counts here alone.
local chat_plan = dialect.stream_plan(dialect.join(timings, { place("output_tokens", "timings.predicted_n") }))

local native_plan = {
  places = dialect.join({
    place("content", "content"),
    place("choice", "index"),
    place("finish", "stop_type"),
    place("ended", "stop"), -- all there was before there was a reason
    place("model", "model"),
    place("prompt_tokens", "tokens_evaluated"), -- the whole prompt, whatever its name says
    place("output_tokens", "tokens_predicted"), -- a running total
    place("usage", "timings"),
    place("error", "error.message"),
    place("error", "error"),
    place("words", "message"), -- of an event that is named error
  }, timings),
  failed_finish = dialect.given_up,
  framing = "sse",
}

local chat_names = {
  max_tokens = "max_tokens", ignore_eos = "ignore_eos", temperature = "temperature", top_p = "top_p",
  top_k = "top_k", seed = "seed", stop = "stop",
}
local native_names = {
  max_tokens = "n_predict", ignore_eos = "ignore_eos", temperature = "temperature", top_p = "top_p",
  top_k = "top_k", seed = "seed", stop = "stop",
}

local function native_body(input, settings, model)
  local body = { model = model, prompt = input.text, stream = settings.stream }
  local left_out = dialect.apply(body, native_names, settings, dialect.sampling)
  return "/completion", body, dialect.apply_none(left_out, settings, { "system", "tools" })
end

local function is_loaded(entry)
  return dialect.get(entry, "status", "value") == "loaded"
end

-- The entry of the loaded model: a server with one model has one entry, a router marks each.
local function loaded_entry(ask)
  local entries = dialect.listed(ask)
  local loaded = #entries == 1 and entries or lists.filter(entries, is_loaded)
  return #loaded == 1 and loaded[1] or nil
end

local function is_called(entry, model)
  local aliases = dialect.get(entry, "aliases")
  return entry.id == model or type(aliases) == "table" and lists.has(aliases, model)
end

-- Of the entries in /v1/models the one that has this name or alias, or nil.
local function entry_of(ask, model)
  return lists.filter(dialect.listed(ask), function(entry) return is_called(entry, model) end)[1]
end

-- A router starts one server for each of its models and hands on what names one of them.
local function is_router(props)
  return dialect.text(props, "role") == "router"
end

local function escaped(name)
  return (name:gsub("[^%w._~-]", function(char)
    return ("%%%02X"):format(char:byte())
  end))
end

-- Facts of a router's model that is not loaded: none but its name. It is not loaded for a question.
local function unloaded(props, model)
  return { server_version = dialect.text(props, "build_info"), model = model, is_loaded = false }
end

-- What the template makes of this tells it from another one; the same in all runs.
local sample_chat = { messages = { { role = "user", content = "Why is the sky blue?" } } }

local function bits_per_weight(meta)
  local size, weights = dialect.whole(meta, "size"), dialect.whole(meta, "n_params")
  if size and weights and weights > 0 then
    return size * 8 / weights
  end
end

-- props: of the server that runs the model; entry: the model's in the list.
local function facts_of(props, entry)
  local meta = dialect.get(entry, "meta")
  local template = dialect.text(props, "chat_template")
  -- the server ignores the name that was asked for: this is what it runs
  local name = dialect.text(props, "model_alias") or dialect.text(props, "model_path") or dialect.text(entry, "id")
  return {
    server_version = dialect.text(props, "build_info"),
    model = name and dialect.bare_name(name),
    parameters = dialect.whole(meta, "n_params"),
    quantization = dialect.text(props, "model_ftype") or dialect.text(meta, "ftype"),
    bits_per_weight = bits_per_weight(meta),
    context = dialect.whole(props, "default_generation_settings", "n_ctx"),
    slots = dialect.whole(props, "total_slots"),
    template_hash = template and text.digest(template),
  }
end

-- A server with --sleep-idle-seconds puts its model out, a router does so for another one. /props wakes nobody. Nothing
-- is asked where an answer would cost a planned request its time.
local function is_there(ask, target, _, is_planned)
  if is_planned then
    return nil
  end
  if not dialect.may_have_gone(target) then
    return true
  end
  if target.facts.is_loaded ~= nil then -- a router's
    local entry = entry_of(ask, target.model)
    return entry and is_loaded(entry)
  end
  return dialect.get(ask("GET", "/props"), "value", "is_sleeping") ~= true
end

-- A plain answer of several has the usage of its first alone: the tokenizer counts them all.
local function settle(exchange, target, _, _, was_there)
  if exchange.answers > 1 and not exchange.streamed then
    exchange:set("output_tokens", nil)
    exchange:set("tokens_source", "none")
  end
  return dialect.settle_cold(exchange, target, was_there)
end

return {
  kind = "llamacpp",
  title = "llama-server",
  presence = "/v1/models",
  paths = { "/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/models", "/v1/responses", "/completion",
    "/completions", "/embedding", "/props", "/slots", "/health", "/metrics", "/tokenize", "/detokenize",
    "/apply-template" },
  plans = { chat = chat_plan, complete = native_plan, embed = chat_plan },

  body = function(call, input, settings, model)
    if call == "complete" then
      return native_body(input, settings, model)
    end
    return dialect.stream_body(chat_names, call, input, settings, model)
  end,

  bypass = function(body)
    body.cache_prompt = false
  end,

  offered = function(ask)
    local loaded = loaded_entry(ask)
    return dialect.listed_names(ask), loaded and loaded.id
  end,

  has = function(ask, model)
    local props = dialect.get(ask("GET", "/props"), "value")
    return not is_router(props) or entry_of(ask, model) ~= nil
  end,

  describe = function(ask, model)
    local props = dialect.get(ask("GET", "/props"), "value")
    local entry, of_model = entry_of(ask, model), ""
    local routed = is_router(props)
    if routed then
      if not is_loaded(entry) then
        return unloaded(props, model)
      end
      of_model = "?autoload=false&model=" .. escaped(model)
      props = dialect.get(ask("GET", "/props" .. of_model), "value")
    end
    local slots = ask("GET", "/slots" .. of_model)
    local adapters = ask("GET", "/lora-adapters" .. of_model)
    -- kept for report/template.lua
    ask("POST", "/apply-template", { model = model, messages = dialect.messages(sample_chat, {}) })
    local facts = facts_of(props, entry or loaded_entry(ask))
    facts.is_loaded = routed or nil
    facts.drafts, facts.adapters = added.drafts_of(slots and slots.text), added.adapters_of(adapters and adapters.text)
    return facts
  end,

  -- A path from the server's own folder cannot be followed from ours.
  file = function(ask)
    local answer = ask("GET", "/props")
    local path = dialect.text(answer, "value", "model_path")
    return path and path:match("^/.+")
  end,

  count = function(ask, answered, model)
    return dialect.tokenized(ask, { model = model, content = answered, add_special = false })
  end,

  length = function(ask, call, input, settings, model)
    local whole = input.text
    if call == "chat" then
      local answer = ask("POST", "/apply-template", { model = model, messages = dialect.messages(input, settings) })
      whole = dialect.text(answer, "value", "prompt")
    end
    return whole and dialect.tokenized(ask, { model = model, content = whole, add_special = true,
      parse_special = true })
  end,

  is_there = is_there,

  settle = settle,

  unload = function(ask, model)
    local function is_gone()
      return not is_loaded(entry_of(ask, model))
    end
    if is_gone() then
      return true
    end
    local answer, _, message = ask("POST", "/models/unload", { model = model })
    if not answer or answer.status ~= 200 then
      return nil, message or answer.message
    end
    return dialect.await_gone(is_gone)
  end,

  vectors = dialect.stream_vectors,
}
