-- Anything that speaks the OpenAI API: SGLang, TGI, LM Studio, LiteLLM, OpenRouter and the rest.
local dialect = require "bench.dialect"

local plan = dialect.stream_plan()

local names = {
  max_tokens = "max_tokens", temperature = "temperature", top_p = "top_p", seed = "seed", stop = "stop",
}

-- Of a server that says more of itself by its own API: that one's dialect. What it runs is the same.
local function own_dialect(ask)
  local entry = dialect.listed(ask)[1]
  local kind = entry and dialect.kind_of_owner(entry.owned_by)
  return kind and dialect.find(kind)
end

local function describe_by(own, ask, model)
  local facts = own.describe(ask, model)
  facts.server_version = own.title .. (facts.server_version and " " .. facts.server_version or "")
  return facts
end

-- The version of the server of this title that answers by this API, or nil.
local function version_of(target, title)
  local whole = target.facts.server_version
  if not whole then
    return nil
  end
  local own, version = whole:match("^(%S+) (.+)")
  return own == title and version or nil
end

-- Dynamo writes 0 where there is no limit.
local function context_of(entry)
  for _, name in ipairs { "max_model_len", "context_length", "context_window" } do
    local context = dialect.whole(entry, name)
    if context and context > 0 then
      return context
    end
  end
end

local function ollama_version(target)
  return version_of(target, "Ollama")
end

return {
  kind = "openai",
  title = "OpenAI API",
  presence = "/v1/models",
  paths = { "/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/models", "/v1/responses",
    "/chat/completions", "/health", "/version", "/metrics" },
  plans = { chat = plan, complete = plan, embed = plan },

  body = function(call, input, settings, model)
    return dialect.stream_body(names, call, input, settings, model)
  end,

  offered = function(ask)
    return dialect.listed_names(ask)
  end,

  describe = function(ask, model)
    local own = own_dialect(ask)
    if own then
      return describe_by(own, ask, model)
    end
    local entry = dialect.listed_model(ask, model) or {}
    return { model = model, context = context_of(entry) }
  end,

  keeps_sizes = ollama_version,

  is_there = function(ask, target, asked, is_planned)
    if version_of(target, "llama-server") then
      return dialect.find("llamacpp").is_there(ask, target, asked, is_planned)
    elseif is_planned or not ollama_version(target) then
      return nil
    end
    if dialect.may_have_gone(target) then
      target.is_loaded = dialect.find("ollama").is_loaded_now(ask, target)
    end
    return target.is_loaded
  end,

  -- Ollama counts here as it does in its own API, and says nothing of loading; the others as by their own kind.
  settle = function(exchange, target, key, asked, was_there)
    local version = ollama_version(target)
    if version then
      -- who waited for what was loaded for another finds its prompt in the cache
      local waited = was_there == false and target.is_loaded
      local cold = dialect.settle_cold(exchange, target, was_there)
      dialect.find("ollama").settle_prompt(exchange, target, version, key, cold and not waited)
    elseif version_of(target, "llama-server") then
      dialect.find("llamacpp").settle(exchange, target, key, asked, was_there)
    elseif version_of(target, "vLLM") then
      dialect.find("vllm").settle(exchange, target)
    end
  end,

  vectors = dialect.stream_vectors,
}
