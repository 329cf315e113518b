local cjson = require "cjson"
local fake = require "core_fake"
local dialect = require "bench.dialect"
local json = require "bench.json"
local settings = require "bench.settings"

local everything = { max_tokens = 128, min_tokens = 128, ignore_eos = true, temperature = 0, top_p = 0.5, top_k = 3,
  seed = 9007199254740993, stop = { "x" }, system = "be brief" }

local function body(kind, call, given)
  local input = { messages = { { role = "user", content = "hi" } }, text = "hi", texts = { "hi" } }
  local path, made, left_out = dialect.find(kind).body(call, input, settings.merge({}, given), "m")
  return json.encode(made), path, table.concat(left_out, ",")
end

describe("bodies", function()
  it("of an OpenAI-style chat", function()
    local text, path, left_out = body("vllm", "chat", everything)
    assert.equal("/v1/chat/completions", path)
    assert.equal("", left_out)
    assert.equal([[{"ignore_eos":true,"max_tokens":128,"messages":[{"content":"be brief","role":"system"},]]
      .. [[{"content":"hi","role":"user"}],"min_tokens":128,"model":"m","seed":9007199254740993,"stop":["x"],]]
      .. [["stream":true,"stream_options":{"include_usage":true},"temperature":0,"top_k":3,"top_p":0.5}]], text)
    assert.equal("min_tokens,ignore_eos,top_k", select(3, body("openai", "chat", everything)))
    assert.equal("min_tokens", select(3, body("llamacpp", "chat", everything)))
    assert.falsy(body("openai", "chat", { stream = false }):find("stream_options", 1, true))
  end)

  it("of Ollama have options and no context size that nobody asked for", function()
    local text, path, left_out = body("ollama", "chat", everything)
    assert.equal("/api/chat", path)
    assert.equal("min_tokens,ignore_eos", left_out)
    assert.equal([[{"messages":[{"content":"be brief","role":"system"},{"content":"hi","role":"user"}],"model":"m",]]
      .. [["options":{"num_predict":128,"seed":9007199254740993,"stop":["x"],"temperature":0,"top_k":3,"top_p":0.5},]]
      .. [["stream":true}]], text)
    local plain, generate = body("ollama", "complete", { system = "s" })
    assert.same({ [[{"model":"m","prompt":"hi","stream":true,"system":"s"}]], "/api/generate" }, { plain, generate })
    assert.same({ [[{"input":["hi"],"model":"m"}]], "/api/embed", "" }, { body("ollama", "embed", everything) })
  end)

  it("of llama-server's own completion", function()
    local text, path, left_out = body("llamacpp", "complete", everything)
    assert.equal("/completion", path)
    assert.equal("min_tokens,system", left_out)
    assert.truthy(text:find("\"n_predict\":128", 1, true))
  end)

  it("have the tools that a reply called as the server wants them, and what a script wrote itself as it is", function()
    local function calls_in(kind, calls)
      local message = { role = "assistant", content = "", tool_calls = calls }
      local _, made = dialect.find(kind).body("chat", { messages = { message } }, settings.merge({}, {}), "m")
      assert.equal(calls, message.tool_calls)
      return json.encode(made.messages[1].tool_calls)
    end
    local called = { { name = "find", arguments = [[{"a":[1]}]], id = "c1" } }
    assert.equal([=[[{"function":{"arguments":"{\"a\":[1]}","name":"find"},"id":"c1","type":"function"}]]=],
      calls_in("openai", called))
    assert.equal([=[[{"function":{"arguments":{"a":[1]},"name":"find"},"id":"c1"}]]=], calls_in("ollama", called))
    assert.equal([=[[{"function":{"arguments":{},"name":"find"}}]]=],
      calls_in("ollama", { { name = "find", arguments = "" } }))
    assert.equal("null", calls_in("openai", {}))
    assert.equal("null", calls_in("openai", json.null))
    assert.equal([=[[{"function":{"name":"own"}}]]=], calls_in("ollama", { { ["function"] = { name = "own" } } }))
  end)

  it("leave out an empty list of stop texts", function()
    assert.falsy(body("openai", "chat", { stop = {} }):find("stop", 1, true))
  end)
end)

-- An exchange as C gives it, as far as settle looks.
local function exchange(fields)
  fields.answers = fields.answers or 1
  function fields:set(name, value)
    self[name] = value
  end
  function fields:flag(name)
    self.flags = (self.flags or "") .. name
  end
  return fields
end

describe("what llama-server counts", function()
  local llamacpp = dialect.find("llamacpp")

  it("is one of several answers where they come in one piece: the tokenizer has to count them", function()
    local plain = exchange { answers = 2, streamed = false, output_tokens = 4, tokens_source = "usage" }
    llamacpp.settle(plain, {})
    assert.is_nil(plain.output_tokens)
    assert.equal("none", plain.tokens_source)
    for _, other in ipairs { { answers = 2, streamed = true }, { answers = 1, streamed = false } } do
      other.output_tokens, other.tokens_source = 4, "usage"
      llamacpp.settle(exchange(other), {})
      assert.same({ 4, "usage" }, { other.output_tokens, other.tokens_source })
    end
  end)

  local function is_cold(facts, idle, answer, last)
    fake.now = 100
    local one = { model = "m", facts = facts, answered_at = idle and fake.now - idle, place = { count = 2 } }
    one.place.last = last or one
    local first = exchange { outcome = "ok" }
    llamacpp.settle(first, one, "k", {}, llamacpp.is_there(function()
      return { status = 200, value = answer }
    end, one))
    return first.cold_start
  end

  it("is a cold start where it slept, or its router had put the model out", function()
    assert.is_true(is_cold({}, 2, { is_sleeping = true }))
    assert.is_true(is_cold({}, nil, { is_sleeping = true }))
    assert.is_nil(is_cold({}, 2, { is_sleeping = false }))
    assert.is_nil(is_cold({}, 2, {}))
    assert.is_nil(is_cold({}, 0.5, { is_sleeping = true })) -- not asked: none sleeps so soon
    assert.is_nil(llamacpp.is_there(nil, { facts = {} }, {}, true)) -- nor before a request with a planned time
    local function routed(state)
      return { data = { { id = "m", status = { value = state } } } }
    end
    assert.is_true(is_cold({ is_loaded = true }, 2, routed "unloaded"))
    assert.is_true(is_cold({ is_loaded = true }, 2, routed "sleeping"))
    assert.is_nil(is_cold({ is_loaded = true }, 2, routed "loaded"))
    assert.is_nil(is_cold({ is_loaded = true }, 2, { data = {} }))
    assert.is_true(is_cold({ is_loaded = true }, 0.5, routed "unloaded", {})) -- another one answered since
    assert.is_nil(is_cold({ is_loaded = true }, 0.5, routed "unloaded"))
  end)
end)

describe("a model", function()
  -- A server whose model is gone `turns` looks after it was told to unload; nil: never.
  local function server(turns, refusal)
    local asked, left, words = {}, math.huge, {}
    return function(method, path, sent)
      asked[#asked + 1] = method .. " " .. path
      if method == "POST" then
        words, left = sent, turns or math.huge
        return refusal or { status = 200 }
      end
      left = left - 1
      local is_there = left >= 0
      local one = { id = "m", name = "m:latest", status = { value = is_there and "loaded" or "unloaded" } }
      return { status = 200, value = { models = is_there and { one } or {}, data = { one } } }
    end, asked, function() return words.model end
  end

  it("is unloaded when the server says that it is gone", function()
    for kind, path in pairs { llamacpp = "/models/unload", ollama = "/api/generate" } do
      local ask, asked, named = server(3)
      assert.is_true(dialect.find(kind).unload(ask, "m"))
      assert.truthy(table.concat(asked, ","):find("POST " .. path .. ",GET", 1, true))
      assert.equal(#asked, kind == "ollama" and 5 or 6)
      assert.equal("m", named())
    end
  end)

  it("that is not there needs no word; one that stays, or a refusal, is told", function()
    local asked = {}
    assert.is_true(dialect.find("llamacpp").unload(function(method)
      asked[#asked + 1] = method
      return { status = 200, value = { data = { { id = "m", status = { value = "unloaded" } } } } }
    end, "m"))
    assert.same({ "GET" }, asked)
    for _, kind in ipairs { "llamacpp", "ollama" } do
      assert.same({ nil, "the model is still there after a minute" }, { dialect.find(kind).unload(server(), "m") })
      assert.same({ nil, "busy" },
        { dialect.find(kind).unload(server(1, { status = 503, message = "busy" }), "m") })
    end
  end)
end)

describe("what Ollama counts", function()
  local ollama = dialect.find("ollama")
  local function target(version)
    return { facts = { server_version = version }, prompt_sizes = {}, is_loaded = false, place = { count = 1 } }
  end

  it("is the whole prompt before 0.30", function()
    local cold = exchange { prompt_tokens = 14, server_load = 0.3, server_total = 0.31 }
    local one = target "0.24.0"
    ollama.settle(cold, one, "k", {}, false)
    assert.same({ 14, 14, true }, { cold.prompt_tokens, cold.evaluated_tokens, cold.cold_start })
    local warm = exchange { prompt_tokens = 14, server_load = 0.001, server_total = 0.01 }
    ollama.settle(warm, one, "k", {})
    assert.same({ 14, false }, { warm.prompt_tokens, warm.cold_start })
    assert.is_nil(warm.evaluated_tokens)
  end)

  it("is the whole prompt again after 0.30.0, also where the cache is not counted", function()
    for _, version in ipairs { "0.30.4", "0.32.6", "0.33.3", "0.40.1-rc2", "1.0.0", "1.30.0" } do
      local one = exchange { prompt_tokens = 14, server_load = 0.001 }
      ollama.settle(one, target(version), "k", {})
      assert.same({ 14, nil, nil }, { one.prompt_tokens, one.evaluated_tokens, one.cached_tokens })
    end
    local candidate = exchange { prompt_tokens = 1, server_load = 0.001 }
    ollama.settle(candidate, target "0.30.0-rc31", "k", {})
    assert.same({ nil, 1 }, { candidate.prompt_tokens, candidate.evaluated_tokens })
  end)

  it("is what was evaluated of 0.30.0, and the whole once it was seen cold", function()
    local one = target "0.30.0"
    ollama.settle(exchange { prompt_tokens = 14, server_load = 0.3 }, one, "k", {}, false)
    local waited = exchange { prompt_tokens = 1, server_load = 0.3 }
    ollama.settle(waited, one, "k", {}, false)
    assert.same({ 14, 1, true }, { waited.prompt_tokens, waited.evaluated_tokens, waited.cold_start })
    local warm = exchange { prompt_tokens = 1, server_load = 0.04 }
    ollama.settle(warm, one, "k", {})
    assert.same({ 14, 1, 13, "cached" },
      { warm.prompt_tokens, warm.evaluated_tokens, warm.cached_tokens, warm.flags })
    local other = exchange { prompt_tokens = 5, server_load = 0.04 }
    ollama.settle(other, one, "another prompt", {})
    assert.is_nil(other.prompt_tokens)
    assert.equal(5, other.evaluated_tokens)
  end)

  it("is as C took it apart where the cache is counted", function()
    local one = exchange { prompt_tokens = 26, evaluated_tokens = 1, cached_tokens = 25, server_prefill = 0.001 }
    ollama.settle(one, target "0.30.0", "k", {})
    assert.same({ 26, 1, 25 }, { one.prompt_tokens, one.evaluated_tokens, one.cached_tokens })
  end)

  it("is nothing where it says nothing", function()
    local one = exchange {}
    ollama.settle(one, target "0.30.0", "k", {})
    assert.is_nil(one.prompt_tokens)
    assert.is_nil(one.cold_start)
  end)

  it("leaves the wait for a slot to the rest of the total, but of vectors", function()
    local vectors = exchange { answers = 0, server_total = 8.114, server_load = 0.556 }
    ollama.settle(vectors, target "0.24.0", "k", {})
    assert.is_nil(vectors.server_queue)
    local one = exchange { server_total = 8.114, server_load = 0.556, server_prefill = 0.28, server_decode = 1.973 }
    ollama.settle(one, target "0.24.0", "k", {})
    assert.is_true(math.abs(one.server_queue - 5.305) < 1e-9)
  end)

  it("tells a cold start from the load of a big vocabulary", function()
    assert.is_nil(ollama.is_cold(nil, nil, false))
    assert.is_false(ollama.is_cold(0.04, 0.04, false))
    assert.is_true(ollama.is_cold(0.255, nil, false))
    assert.is_false(ollama.is_cold(0.69, nil, true))
    assert.is_true(ollama.is_cold(8.2, nil, true))
    assert.is_true(ollama.is_cold(1.7, 0.04, true))
    assert.is_false(ollama.is_cold(0.69, 0.14, true))
    assert.is_true(ollama.is_cold(8.2, nil, nil))
    assert.is_nil(ollama.is_cold(0.69, nil, nil))
  end)

  it("takes another context than the loaded one for a cold start", function()
    local function is_cold(asked)
      local one = target "0.30.0"
      one.is_loaded, one.facts.context = true, 2048
      local answer = exchange { server_load = 0.261 }
      ollama.settle(answer, one, "k", asked, ollama.is_there(nil, one, asked))
      return answer.cold_start
    end
    assert.is_true(is_cold { extra = { options = { num_ctx = 1024 } } })
    assert.is_false(is_cold { extra = { options = { num_ctx = 2048 } } })
    assert.is_false(is_cold {})
  end)

  it("takes a model that is about to go for one that is gone", function()
    local function is_there(due)
      local one = target "0.30.0"
      one.model, one.was_cold = "m", true
      return ollama.is_there(function()
        return { status = 200, date = "Sat, 28 Nov 2026 16:02:53 GMT",
          value = { models = { { name = "m:latest", expires_at = due } } } }
      end, one, {})
    end
    assert.is_false(is_there "2026-11-28T16:02:53.40789Z")
    assert.is_false(is_there "2026-11-29T00:02:53.40789+08:00")
    assert.is_true(is_there "2026-11-28T16:07:53.40789Z")
    assert.is_true(is_there "2318-11-28T16:02:53Z") -- for ever
    assert.is_true(is_there "0001-01-01T00:00:00Z") -- no date
    assert.is_true(is_there())
  end)

  it("forgets that the model was loaded when an answer failed", function()
    local one = target "0.30.0"
    one.is_loaded = true
    ollama.settle(exchange {}, one, "k", {})
    local answer = exchange { server_load = 0.258 }
    ollama.settle(answer, one, "k", {}, ollama.is_there(nil, one, {}))
    assert.is_nil(answer.cold_start)
  end)

  it("counts by the OpenAI API as by its own", function()
    local openai = dialect.find("openai")
    local one = target "Ollama 0.30.0"
    local cold = exchange { outcome = "ok", prompt_tokens = 33 }
    openai.settle(cold, one, "k")
    assert.same({ 33, 33, true }, { cold.prompt_tokens, cold.evaluated_tokens, cold.cold_start })
    local warm = exchange { outcome = "ok", prompt_tokens = 1 }
    openai.settle(warm, one, "k")
    assert.same({ 33, 1, 32 }, { warm.prompt_tokens, warm.evaluated_tokens, warm.cached_tokens })
    local neighbour = target "Ollama 0.30.0" -- another backend may have loaded the model, and filled its cache
    neighbour.place.count = 2
    local first = exchange { outcome = "ok", prompt_tokens = 1 }
    openai.settle(first, neighbour, "k")
    assert.same({ evaluated_tokens = 1, outcome = "ok" }, { evaluated_tokens = first.evaluated_tokens,
      outcome = first.outcome, prompt_tokens = first.prompt_tokens, cold_start = first.cold_start })
    -- one that says by its own API that the model was put out for another
    local function ask()
      return { status = 200, value = { models = { { name = "other:latest" } } } }
    end
    fake.now = 100
    neighbour.model, neighbour.answered_at, neighbour.place.last = "m", 99.5, {}
    local again = exchange { outcome = "ok", prompt_tokens = 33 }
    openai.settle(again, neighbour, "k", {}, openai.is_there(ask, neighbour))
    assert.same({ 33, true }, { again.evaluated_tokens, again.cold_start })
    local other = exchange { outcome = "ok", prompt_tokens = 1 }
    openai.settle(other, target "vLLM 0.32.0", "k")
    assert.equal(1, other.prompt_tokens)
    assert.is_nil(other.evaluated_tokens)
  end)
end)

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"

-- The JSON that a real server sent, out of tests/wire.
local function recorded(name)
  local file <close> = assert(io.open(here .. "../wire/" .. name .. ".json"))
  local bytes = {}
  for _, read in ipairs(cjson.decode(file:read("a")).reads) do
    bytes[#bytes + 1] = read[2]
  end
  return cjson.decode((table.concat(bytes):match("\r\n\r\n.-({.*})"))) -- one chunk at most
end

describe("fingerprints", function()
  local function asker(answers)
    return function(method, path)
      local value = answers[method .. " " .. path]
      if value == nil then
        return { status = 404, text = "" }
      end
      return { status = 200, value = value, text = type(value) == "string" and value or "" }
    end
  end

  it("of llama-server", function()
    local ask = asker {
      ["GET /props"] = { build_info = "b1-x", model_path = "/home/me/tiny.gguf", total_slots = 2, model_ftype = "F16",
        default_generation_settings = { n_ctx = 1024 }, chat_template = "t" },
      ["GET /v1/models"] = { data = { { id = "/home/me/tiny.gguf", meta = { n_params = 1000, size = 2000 } } } },
    }
    local llamacpp = dialect.find("llamacpp")
    assert.equal("/home/me/tiny.gguf", select(2, llamacpp.offered(ask)))
    assert.same({ server_version = "b1-x", model = "tiny", parameters = 1000, quantization = "F16",
      bits_per_weight = 16.0, context = 1024, slots = 2, template_hash = "digest of t" },
      llamacpp.describe(ask, "whatever"))
  end)

  it("of Ollama", function()
    local ask = asker {
      ["GET /api/version"] = { version = "0.30.0" },
      ["POST /api/show"] = { template = "t", details = { quantization_level = "Q4_0", family = "f" },
        model_info = { ["general.architecture"] = "qwen2", ["general.parameter_count"] = 1000 } },
      ["GET /api/ps"] = { models = { { name = "tiny:latest", digest = "d", context_length = 2048 } } },
      ["GET /api/tags"] = { models = { { name = "tiny:latest", digest = "d", size = 563 }, { name = "other:1b" } } },
    }
    local ollama = dialect.find("ollama")
    local names, loaded = ollama.offered(ask)
    assert.same({ "tiny:latest", "other:1b" }, names)
    assert.equal("tiny:latest", loaded)
    assert.same({ server_version = "0.30.0", model = "tiny", digest = "d", architecture = "qwen2", parameters = 1000,
      quantization = "Q4_0", bits_per_weight = 4.504, context = 2048, template_hash = "digest of t", is_loaded = true },
      ollama.describe(ask, "tiny"))
  end)

  it("of vLLM, the cache out of its metrics", function()
    local ask = asker {
      ["GET /version"] = { version = "0.32.0" },
      ["GET /v1/models"] = { data = { { id = "m", max_model_len = 1024 } } },
      ["GET /metrics"] = "# HELP\nvllm:cache_config_info{block_size=\"128\",cache_dtype=\"auto\"} 1.0\n",
    }
    assert.same({ server_version = "0.32.0", model = "m", context = 1024, kv_cache = "auto" },
      dialect.find("vllm").describe(ask, "m"))
    assert.is_false(dialect.find("vllm").has(ask, "n"))
  end)

  it("of a llama-server with several models: of the one that is meant", function()
    local ask = asker {
      ["GET /props"] = recorded "llamacpp_router_props",
      ["GET /props?autoload=false&model=tiny"] = recorded "llamacpp_router_props_loaded",
      ["GET /v1/models"] = recorded "llamacpp_router_models_loaded",
    }
    local llamacpp = dialect.find("llamacpp")
    local facts = llamacpp.describe(ask, "tiny")
    assert.same({ "b1-7e4c0a9", "tiny", 166542, "F16", 1024, 2, true }, { facts.server_version, facts.model,
      facts.parameters, facts.quantization, facts.context, facts.slots, facts.is_loaded })
    assert.same({ server_version = "b1-7e4c0a9", model = "tiny-stop", is_loaded = false },
      llamacpp.describe(ask, "tiny-stop"))
    assert.equal("tiny", select(2, llamacpp.offered(ask)))
    assert.is_true(llamacpp.has(ask, "tiny-stop"))
    assert.is_false(llamacpp.has(ask, "none"))
  end)

  it("of vLLM: one name a model, an adapter's context is that of its model", function()
    local ask = asker { ["GET /v1/models"] = recorded "vllm_get_models_alias_lora" }
    local vllm = dialect.find("vllm")
    assert.same({ "tiny-qwen2", "my-lora" }, vllm.offered(ask))
    assert.is_true(vllm.has(ask, "alias-two"))
    assert.equal(1024, vllm.describe(ask, "my-lora").context)
  end)

  it("by the OpenAI API are what the server says by its own", function()
    local ask = asker {
      ["GET /v1/models"] = { data = { { id = "tiny:latest", owned_by = "library" } } },
      ["GET /api/version"] = { version = "0.30.0" },
      ["POST /api/show"] = { details = { quantization_level = "Q4_0" } },
    }
    assert.same({ server_version = "Ollama 0.30.0", model = "tiny", quantization = "Q4_0", is_loaded = false },
      dialect.find("openai").describe(ask, "tiny"))
  end)

  it("leave open what a server does not say", function()
    assert.same({ model = "m" }, dialect.find("openai").describe(asker {}, "m"))
    assert.same({}, dialect.find("llamacpp").describe(asker {}, nil))
  end)
end)

describe("places", function()
  it("have fields that C knows, and paths", function()
    local known = {}
    local header <close> = assert(io.open(here .. "../../runtime/net/extract.h"))
    for name in header:read("a"):gmatch("X%([%u_]+, \"([%l_]+)\"%)") do
      known[name] = true
    end
    for _, kind in ipairs(dialect.kinds) do
      for _, plan in pairs(dialect.find(kind).plans) do
        for _, place in ipairs(plan.places) do
          assert.is_true(known[place.field], place.field)
        end
      end
    end
    assert.equal(0, #fake.errors)
  end)
end)
