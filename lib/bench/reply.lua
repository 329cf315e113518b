-- What an ask gives back: a table, every name of which can be read at any time; an unknown one is an
-- error. Times are seconds. What a script does not look at is not made.
local json = require "bench.json"
local strict = require "bench.strict"

local reply = {}

local token_names = { prompt = true, evaluated = true, cached = true, output = true, reasoning = true }
local call_names = { name = true, arguments = true, id = true }
local server_names = { load = true, queue = true, prefill = true, decode = true }

local exchanges = setmetatable({}, { __mode = "k" }) -- reply or response -> exchange

-- The exchange behind a reply or a response; nil for any other value.
function reply.exchange(object)
  return exchanges[object]
end

local function tool_calls(exchange)
  local calls = {}
  for index, call in ipairs(exchange.tool_calls or {}) do
    calls[index] = strict.table("a tool call", { name = call.name, arguments = call.arguments, id = call.id },
      call_names)
  end
  return json.array(calls)
end

-- So that assert(reply.ok, reply.error) says why.
local function failure_words(failure)
  return ("%s: %s"):format(failure.kind, failure.message)
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
  }, nil, failure_words)
end

-- The vectors of an embed's answer, in the order of its texts.
function reply.vectors(exchange, spoken)
  local answer = exchange.body and json.decode(exchange.body)
  return type(answer) == "table" and spoken.vectors(answer) or {}
end

local function is_ok(exchange)
  return exchange.outcome == "ok"
end

local function headers(exchange)
  return exchange.headers or {}
end

local function field(name)
  return function(exchange)
    return exchange[name]
  end
end

-- As it is kept: where nothing was streamed only a whole answer has an end.
local function e2e(exchange)
  local ms = exchange:column "e2e_ms"
  return ms and ms / 1e3
end

local function tokens(exchange)
  return strict.table("reply.tokens", {
    prompt = exchange.prompt_tokens, evaluated = exchange.evaluated_tokens, cached = exchange.cached_tokens,
    output = exchange.output_tokens, reasoning = exchange.reasoning_tokens,
  }, token_names)
end

local function server(exchange)
  return strict.table("reply.server", {
    load = exchange.server_load, queue = exchange.server_queue, prefill = exchange.server_prefill,
    decode = exchange.server_decode,
  }, server_names)
end

local reply_meta = strict.lazy("reply", {
  ok = is_ok,
  outcome = field "outcome",
  text = function(exchange) return exchange.texts[1] or "" end,
  texts = field "texts",
  reasoning = function(exchange) return exchange.reasonings[1] or "" end,
  tool_calls = tool_calls,
  vectors = function() end, -- of an embed: reply.new
  ttft = field "ttft", ttfc = field "ttfc", tpot = field "tpot", e2e = e2e,
  tokens = tokens,
  finish_reason = field "finish_reason",
  status = field "status",
  headers = headers,
  attempts = field "attempts",
  model = function(exchange) return exchange.model ~= "" and exchange.model or nil end,
  server = server,
  error = reply.failure,
}, exchanges)

local response_meta = strict.lazy("response", {
  ok = is_ok,
  status = field "status",
  headers = headers,
  body = function(exchange) return exchange.body or "" end,
  ttfb = field "ttfb", e2e = field "e2e",
  error = reply.failure,
}, exchanges)

-- `vectors` are those of an embed.
function reply.new(exchange, vectors)
  local object = setmetatable({ vectors = vectors }, reply_meta)
  exchanges[object] = exchange
  return object
end

-- What http gives back.
function reply.response(exchange)
  local object = setmetatable({}, response_meta)
  exchanges[object] = exchange
  return object
end

return reply
