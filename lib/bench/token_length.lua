-- How many tokens a prompt has for a server, template and all: by its tokenizer where it has one, else by its usage.
local address = require "bench.address"
local asked_settings = require "bench.asked"
local dialect = require "bench.dialect"
local fingerprint = require "bench.fingerprint"
local http = require "core.http"
local json = require "bench.json"
local settings = require "bench.settings"

local token_length = {}

local function input_of(call, text)
  if call == "complete" then
    return { text = text }
  end
  return { messages = { { role = "user", content = text } } }
end

-- By the tokenizer: a count; nil where there is none.
function token_length.by_tokenizer(target, call, text)
  local length = target.dialect.length
  return length and length(fingerprint.plain_asker(target), call, input_of(call, text), target.settings, target.model)
end

-- By asking for one token: a count, nil, and whether that is only what was in no cache; or nil, message. The request
-- is no row.
function token_length.by_usage(target, call, text)
  local asked = settings.merge(target.settings, { max_tokens = 1, stream = false })
  asked.min_tokens = nil
  local path, body = target.dialect.body(call, input_of(call, text), asked, target.model)
  if asked.extra then
    settings.merge_extra(body, asked.extra)
  end
  local was_there = fingerprint.is_there(target, asked)
  local exchange = http.exchange {
    method = "POST", url = address.url(target.parts, path), headers = asked_settings.headers(target, asked),
    body = json.encode(body),
    timeouts = settings.limits(asked.timeouts), proxy = target.proxy, http2 = target.http2, stream = false,
    framing = "whole", wants_tokens = true, plan = dialect.compiled(target.dialect.plans[call]),
  }
  dialect.settle(target, exchange, text, asked, was_there)
  local count = exchange.prompt_tokens or exchange.evaluated_tokens
  if count then
    return count, nil, exchange.prompt_tokens == nil
  end
  return nil, exchange.error_message or "its answer does not say how many tokens the prompt has"
end

return token_length
