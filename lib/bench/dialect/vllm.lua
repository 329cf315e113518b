-- vLLM's server.
local dialect = require "bench.dialect"
local lists = require "bench.lists"
local nonce = require "bench.nonce"

local plan = dialect.stream_plan()

local names = {
  max_tokens = "max_tokens", min_tokens = "min_tokens", ignore_eos = "ignore_eos", temperature = "temperature",
  top_p = "top_p", top_k = "top_k", seed = "seed", stop = "stop",
}

-- The labels of vllm:cache_config_info in the text of /metrics.
local function cache_config(metrics)
  local labels = {}
  for name, value in (metrics:match("\nvllm:cache_config_info(%b{})") or ""):gmatch("([%w_]+)=\"([^\"]*)\"") do
    labels[name] = value
  end
  return labels
end

-- What all engines together counted since the server began; nil where it says nothing of queues. Seconds; queued and
-- answered: requests.
local function counters(metrics)
  local sums = {}
  for name, value in metrics:gmatch("\nvllm:([%w_]+)%b{} (%S+)") do
    sums[name] = (sums[name] or 0) + (tonumber(value) or 0)
  end
  return sums.request_queue_time_seconds_sum and {
    queue = sums.request_queue_time_seconds_sum,
    queued = sums.request_queue_time_seconds_count or 0,
    ttft = sums.time_to_first_token_seconds_sum or 0,
    answered = sums.time_to_first_token_seconds_count or 0,
    preemptions = sums.num_preemptions_total or 0,
  }
end

-- Of several names of one model the first, which is also the one that it answers by.
local function names_of_models(ask)
  local models = lists.groups(dialect.listed(ask), function(entry) return dialect.text(entry, "root") or entry.id end)
  return lists.map(models, function(alike) return alike[1].id end)
end

return {
  kind = "vllm",
  title = "vLLM",
  presence = "/v1/models",
  paths = { "/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/models", "/v1/responses", "/version",
    "/metrics", "/health", "/ping", "/load", "/tokenize", "/detokenize" },
  plans = { chat = plan, complete = plan, embed = plan },

  body = function(call, input, settings, model)
    return dialect.stream_body(names, call, input, settings, model)
  end,

  -- Prompts of another salt share no block of the cache.
  bypass = function(body)
    body.cache_salt = nonce.salt()
  end,

  offered = names_of_models,

  refuses_names = true,

  has = function(ask, model)
    local listed = dialect.listed_names(ask)
    return #listed == 0 or dialect.listed_model(ask, model) ~= nil
  end,

  describe = function(ask, model)
    local version = ask("GET", "/version")
    local entry = dialect.listed_model(ask, model)
    local parent = dialect.text(entry, "parent") -- of an adapter
    local answer = ask("GET", "/metrics")
    local metrics = "\n" .. (answer and answer.text or "")
    local cache = cache_config(metrics)
    return {
      server_version = dialect.text(version, "value", "version"),
      model = model,
      context = dialect.whole(parent and dialect.listed_model(ask, parent) or entry, "max_model_len"),
      kv_cache = cache.cache_dtype,
      keeps_no_prompts = cache.enable_prefix_caching == "False" or nil,
      counters = counters(metrics),
    }
  end,

  count = function(ask, answered, model)
    return dialect.tokenized(ask, { model = model, prompt = answered, add_special_tokens = false })
  end,

  length = function(ask, call, input, settings, model)
    if call == "chat" then
      return dialect.tokenized(ask, { model = model, messages = dialect.messages(input, settings),
        add_generation_prompt = true })
    end
    return dialect.tokenized(ask, { model = model, prompt = input.text, add_special_tokens = true })
  end,

  -- Without a cache of prompts each is read whole; its answers say nothing of that.
  settle = function(exchange, target)
    if target.facts.keeps_no_prompts and exchange.prompt_tokens and not exchange.cached_tokens then
      exchange:set("cached_tokens", 0)
      exchange:set("evaluated_tokens", exchange.prompt_tokens)
    end
  end,

  vectors = dialect.stream_vectors,
}
