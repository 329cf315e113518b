-- Anything that speaks the OpenAI API: SGLang, TGI, LM Studio, LiteLLM, OpenRouter and the rest.
local dialect = require "bench.dialect"

local plan = dialect.stream_plan()

local names = {
  max_tokens = "max_tokens", temperature = "temperature", top_p = "top_p", seed = "seed", stop = "stop",
}

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
    local entry = dialect.listed_model(ask, model) or {}
    local context = dialect.whole(entry, "max_model_len") or dialect.whole(entry, "context_length")
      or dialect.whole(entry, "context_window")
    return { model = model, context = context }
  end,

  vectors = dialect.stream_vectors,
}
