-- llama.cpp's llama-server: /v1/chat/completions with timings, and its native /completion.
local dialect = require "bench.dialect"
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
    place("finish", "stop_type"),
    place("done", "stop"),
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

local function native_body(input, settings)
  local body = { prompt = input.text, stream = settings.stream }
  local left_out = dialect.apply(body, native_names, settings, dialect.sampling)
  return "/completion", body, dialect.apply_none(left_out, settings, { "system", "tools" })
end

-- "/models/Qwen2-0.5B.gguf" -> "Qwen2-0.5B": a path is no name, and tells about the machine.
local function model_name(path)
  return path and (path:match("[^/\\]+$") or path):gsub("%.gguf$", "") or nil
end

-- The entry of the loaded model: a server with one model has one entry, a router marks each.
local function loaded_entry(ask)
  local entries = dialect.listed(ask)
  if #entries == 1 then
    return entries[1]
  end
  local loaded
  for _, entry in ipairs(entries) do
    if dialect.get(entry, "status", "value") == "loaded" then
      if loaded then
        return nil
      end
      loaded = entry
    end
  end
  return loaded
end

-- What the template makes of this tells it from another one; the same in all runs.
local sample_chat = { messages = { { role = "user", content = "Why is the sky blue?" } } }

local function bits_per_weight(meta)
  local size, weights = dialect.whole(meta, "size"), dialect.whole(meta, "n_params")
  if size and weights and weights > 0 then
    return size * 8 / weights
  end
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
      return native_body(input, settings)
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

  describe = function(ask, model)
    local answer = ask("GET", "/props")
    ask("GET", "/slots") -- these two are kept as they are, for the record
    ask("GET", "/metrics")
    ask("POST", "/apply-template", { messages = dialect.messages(sample_chat, {}) }) -- kept: report/template.lua
    local props = answer and answer.value
    local entry = dialect.listed_model(ask, model) or loaded_entry(ask)
    local meta = dialect.get(entry, "meta")
    local template = dialect.text(props, "chat_template")
    return {
      server_version = dialect.text(props, "build_info"),
      -- the server ignores the name that was asked for: this is what it runs
      model = model_name(dialect.text(props, "model_alias") or dialect.text(props, "model_path")
        or dialect.text(entry, "id")),
      parameters = dialect.whole(meta, "n_params"),
      quantization = dialect.text(props, "model_ftype") or dialect.text(meta, "ftype"),
      bits_per_weight = bits_per_weight(meta),
      context = dialect.whole(props, "default_generation_settings", "n_ctx"),
      slots = dialect.whole(props, "total_slots"),
      template_hash = template and text.digest(template),
    }
  end,

  -- A path from the server's own folder cannot be followed from ours.
  file = function(ask)
    local answer = ask("GET", "/props")
    local path = dialect.text(answer, "value", "model_path")
    return path and path:match("^/.+")
  end,

  count = function(ask, answered)
    return dialect.tokenized(ask, { content = answered, add_special = false })
  end,

  length = function(ask, call, input, settings)
    local whole = input.text
    if call == "chat" then
      local answer = ask("POST", "/apply-template", { messages = dialect.messages(input, settings) })
      whole = dialect.text(answer, "value", "prompt")
    end
    return whole and dialect.tokenized(ask, { content = whole, add_special = true, parse_special = true })
  end,

  vectors = dialect.stream_vectors,
}
