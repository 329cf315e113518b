-- What an ask gives back: a table, every name of which can be read at any time; an unknown one is an
-- error. Times are seconds.
local dialect = require "bench.dialect"
local json = require "bench.json"
local strict = require "bench.strict"

local reply = {}

local optional = {}
for _, name in ipairs { "vectors", "ttft", "ttfc", "tpot", "e2e", "finish_reason", "status", "model", "error" } do
  optional[name] = true
end

local token_names = { prompt = true, evaluated = true, cached = true, output = true, reasoning = true }
local server_names = { load = true, queue = true, prefill = true, decode = true }

local exchanges = setmetatable({}, { __mode = "k" })

-- The exchange behind a reply; nil for any other value.
function reply.exchange(object)
  return exchanges[object]
end

local function tool_calls(exchange)
  local calls = {}
  for index, call in ipairs(exchange.tool_calls or {}) do
    calls[index] = { name = call.name, arguments = call.arguments, id = call.id }
  end
  return calls
end

-- What failed: { kind, message }; nil for an exchange that went well.
function reply.failure(exchange)
  if exchange.outcome == "ok" then
    return nil
  end
  local message = exchange.error_message
  return strict.table("error", {
    kind = exchange.error_kind or exchange.outcome,
    message = message ~= "" and message or exchange.outcome,
  })
end

local function vectors(exchange, call, kind)
  if call ~= "embed" then
    return nil
  end
  local answer = exchange.body and json.decode(exchange.body)
  return type(answer) == "table" and dialect.find(kind).vectors(answer) or {}
end

-- `call` is chat, complete or embed; `kind` the backend's.
function reply.new(exchange, call, kind)
  local texts, reasonings = exchange.texts or {}, exchange.reasonings or {}
  local object = strict.table("reply", {
    ok = exchange.outcome == "ok",
    outcome = exchange.outcome,
    text = texts[1] or "",
    texts = texts,
    reasoning = reasonings[1] or "",
    tool_calls = tool_calls(exchange),
    vectors = vectors(exchange, call, kind),
    ttft = exchange.ttft, ttfc = exchange.ttfc, tpot = exchange.tpot, e2e = exchange.e2e,
    tokens = strict.table("reply.tokens", {
      prompt = exchange.prompt_tokens, evaluated = exchange.evaluated_tokens, cached = exchange.cached_tokens,
      output = exchange.output_tokens, reasoning = exchange.reasoning_tokens,
    }, token_names),
    finish_reason = exchange.finish_reason,
    status = exchange.status,
    headers = exchange.headers or {},
    attempts = exchange.attempts,
    model = exchange.model ~= "" and exchange.model or nil,
    server = strict.table("reply.server", {
      load = exchange.server_load, queue = exchange.server_queue, prefill = exchange.server_prefill,
      decode = exchange.server_decode,
    }, server_names),
    error = reply.failure(exchange),
  }, optional)
  exchanges[object] = exchange
  return object
end

return reply
