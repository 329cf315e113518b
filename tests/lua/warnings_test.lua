local fake = require "core_fake"
local dialect = require "bench.dialect"
local warnings = require "bench.warnings"

local number = 0

local function target(fields)
  number = number + 1
  fields.dialect = dialect.find(fields.kind or "openai")
  fields.number, fields.name, fields.facts = number, "b" .. number, fields.facts or {}
  return fields
end

-- The codes that one answer brings.
local function codes(of, exchange, settings)
  fake.written = {}
  exchange.answers = #(exchange.texts or {})
  warnings.judge(of, exchange, settings or { stream = true })
  local found = {}
  for _, row in ipairs(fake.written) do
    assert.equal("warning", row[1])
    assert.equal(of.number, row[2])
    found[#found + 1] = row[4]
  end
  return table.concat(found, " ")
end

describe("warnings", function()
  it("say once when a server ignores the model's name", function()
    local one = target { asked_model = "qwen2" }
    assert.equal("model_ignored", codes(one, { model = "llama" }))
    assert.equal("", codes(one, { model = "llama" }))
    assert.equal("", codes(target { asked_model = "gpt-4o" }, { model = "gpt-4o-2024-08-06" }))
    assert.equal("", codes(target { asked_model = "tiny" }, { model = "tiny:latest" }))
    assert.equal("", codes(target { asked_model = "tiny" }, {}))
    assert.equal("", codes(target {}, { model = "x" }))
    assert.equal("", codes(target { asked_model = "slow" }, { model = "models/slow.gguf" }))
    assert.equal("model_ignored", codes(target { asked_model = "fast" }, { model = "models/slow.gguf" }))
    assert.equal("", codes(target { kind = "vllm", asked_model = "alias" }, { model = "served" }))
  end)

  it("say once when answers come from two models", function()
    local one = target {}
    assert.equal("", codes(one, { model = "gpt-4o", outcome = "ok" }))
    assert.equal("", codes(one, { model = "gpt-4o-2024-08-06", outcome = "ok" }))
    assert.equal("", codes(one, { model = "", outcome = "ok" }))
    assert.equal("", codes(one, { model = "other", outcome = "failed" }))
    assert.equal("", codes(one, { model = "meant", outcome = "ok" }, { extra = { model = "meant" } }))
    assert.equal("several_models", codes(one, { model = "other", outcome = "ok" }))
    assert.equal("", codes(one, { model = "other", outcome = "ok" }))
  end)

  it("name a server whose numbers are none", function()
    local one = target {}
    assert.equal("no_numbers", codes(one, { no_numbers = true }))
    assert.equal("", codes(one, { no_numbers = true }))
    assert.equal("", codes(target {}, { no_numbers = false }))
  end)

  it("name a server that answers a request by HTTP/2 with HTTP/1.1", function()
    assert.equal("http1", codes(target { http2 = true }, { status = 200, http2 = false }))
    assert.equal("", codes(target { http2 = true }, { status = 200, http2 = true }))
    assert.equal("", codes(target { http2 = true }, { http2 = false }))
    assert.equal("", codes(target {}, { status = 200, http2 = false }))
  end)

  it("see a prompt that fills Ollama's context", function()
    local facts = { context = 512 }
    assert.equal("prompt_cut", codes(target { kind = "ollama", facts = facts }, { evaluated_tokens = 507 }))
    assert.equal("prompt_cut", codes(target { kind = "ollama", facts = facts }, { prompt_tokens = 512 }))
    assert.equal("", codes(target { kind = "ollama", facts = facts }, { prompt_tokens = 400 }))
    assert.equal("", codes(target { kind = "vllm", facts = facts }, { prompt_tokens = 512 }))
  end)

  it("see an answer that goes on beyond the context", function()
    local function said(kind, prompt, output, texts)
      return codes(target { kind = kind, facts = { context = 512 } },
        { prompt_tokens = prompt, output_tokens = output, texts = texts or { "a" } })
    end
    assert.equal("context_left", said("llamacpp", 21, 492))
    assert.equal("context_left", said("ollama", 21, 492))
    assert.equal("", said("llamacpp", 21, 491)) -- ended where the context did
    assert.equal("", said("llamacpp", 512))
    assert.equal("", said("vllm", 21, 492))
    assert.equal("several_answers", codes(target { kind = "llamacpp", facts = { context = 512 } },
      { streamed = true, prompt_tokens = 21, output_tokens = 900, texts = { "a", "b" } })) -- each is shorter
  end)

  it("name an answer that was ended for its length before what was allowed", function()
    local function said(output, fields, allowed)
      local exchange = { output_tokens = output, tokens_source = "usage", finish_reason = "length", texts = { "a" } }
      for name, value in pairs(fields or {}) do
        exchange[name] = value
      end
      return codes(target { kind = "vllm" }, exchange, { stream = false, max_tokens = allowed or 3000 })
    end
    assert.equal("ended_early", said(991))
    assert.equal("ended_early", said(991, { finish_reason = "limit" }))
    assert.equal("", said(991, { finish_reason = "stop" }))
    assert.equal("", said(991, { tokens_source = "events" })) -- several tokens may come in one
    assert.equal("", said(991, { texts = { "a", "b" } }))
    assert.equal("", said(3000))
    assert.equal("", said(2999)) -- the last one is the end
    assert.equal("", codes(target {}, { output_tokens = 991, tokens_source = "usage", finish_reason = "length",
      texts = { "a" } }))
  end)

  it("know that an answer which was not streamed may still be computed", function()
    assert.equal("left_running", codes(target {}, { error_kind = "idle_timeout" }, { stream = false }))
    assert.equal("", codes(target {}, { error_kind = "idle_timeout" }, { stream = true }))
    assert.equal("", codes(target {}, { error_kind = "connect_timeout" }, { stream = false }))
  end)

  it("name a server that ignores stream", function()
    local whole = { outcome = "ok", streamed = false, texts = { "a" } }
    assert.equal("not_streamed", codes(target {}, whole))
    assert.equal("", codes(target {}, whole, { stream = false }))
    assert.equal("", codes(target {}, { outcome = "ok", streamed = true, texts = { "a" } }))
    assert.equal("", codes(target {}, { outcome = "failed", streamed = false, texts = { "a" } }))
    assert.equal("", codes(target {}, { outcome = "ok", streamed = false }))
  end)

  it("name several answers in one stream", function()
    local two = { streamed = true, texts = { "a", "b" } }
    assert.equal("several_answers", codes(target {}, two))
    assert.truthy(fake.written[1][5]:find "two answers in one stream, though one was asked for")
    assert.equal("several_answers", codes(target {}, two, { stream = true, answers = 2 }))
    assert.truthy(fake.written[1][5]:find "two answers in one stream: ")
    assert.equal("", codes(target {}, { streamed = false, texts = { "a", "b" } }))
  end)
end)
