-- One ask, from settings to reply: body, attempts, the dialect's last word, the row.
local address = require "bench.address"
local asked_settings = require "bench.asked"
local changed = require "bench.changed"
local clock = require "core.clock"
local core_json = require "core.json"
local core_text = require "core.text"
local dialect = require "bench.dialect"
local fingerprint = require "bench.fingerprint"
local http = require "core.http"
local json = require "bench.json"
local lists = require "bench.lists"
local misuse = require "bench.misuse"
local nonce = require "bench.nonce"
local progress = require "bench.progress"
local prompt = require "bench.prompt"
local record = require "core.record"
local reply = require "bench.reply"
local session = require "bench.session"
local settings = require "bench.settings"
local simulated = require "bench.simulated"
local targets = require "bench.target"
local time = require "bench.time"
local visit = require "bench.visit"
local warnings = require "bench.warnings"

local request = {}

local most_wait = 60 -- s that a Retry-After may ask for
local first_wait = 1 -- s before the first retry that no server asked for; doubled each time

-- Where a server has no switch against its cache, other words before the text.
local function bypassed(input)
  local words = nonce.text()
  return {
    text = input.text and words .. input.text,
    messages = input.messages and prompt.with_words(words, input.messages),
  }
end

local function build(target, call, input, asked)
  local spoken = target.dialect
  local bypass = asked.cache == "bypass" and call ~= "embed"
  if bypass and not spoken.bypass then
    input = bypassed(input)
  end
  local path, body, left_out = spoken.body(call, input, asked, target.model)
  if bypass and spoken.bypass then
    spoken.bypass(body)
  end
  if asked.extra then
    settings.merge_extra(body, asked.extra)
  end
  local text, message = core_json.encode(body)
  if not text then
    misuse.raise("the body cannot be written: %s", message)
  end
  return path, text, left_out
end

local most_built = 64 -- bodies that are kept for the next time

-- The same body for a remembered text and remembered settings, written once.
local function build_once(target, call, input, asked)
  local kept = asked.cache ~= "bypass" and input.is_remembered and asked.built
  if not kept then
    return build(target, call, input, asked)
  end
  local one = kept[input]
  if not one then
    if (kept.count or 0) == most_built then
      kept = {}
      asked.built = kept
    end
    one = table.pack(build(target, call, input, asked))
    kept[input], kept.count = one, (kept.count or 0) + 1
  end
  return one[1], one[2], one[3]
end

local function refuse_left_out(target, left_out)
  if #left_out == 0 then
    return nil
  end
  local names = table.concat(left_out, ",")
  if session.args.strict then
    misuse.raise("%s (%s) does not have %s, and --strict leaves nothing out", target.name, target.kind, names)
  end
  warnings.add("not_applied", target, nil, target.name, table.concat(left_out, ", "))
  return names
end

local function url_of(target, path)
  local url = target.urls[path] or address.url(target.parts, path)
  target.urls[path] = url
  return url
end

local function prepare(target, call, path, asked)
  local plan = target.dialect.plans[call]
  local streamed = asked.stream and call ~= "embed"
  return http.prepare {
    method = "POST",
    url = url_of(target, path),
    headers = asked.header_lines,
    timeouts = asked.limits,
    cancel_after = asked.cancel_after,
    proxy = target.proxy,
    http2 = target.http2,
    plan = dialect.compiled(plan),
    wants_tokens = call ~= "embed",
    keep_body = call == "embed",
    stream = streamed,
    framing = streamed and plan.framing or "whole",
    answers = plan.done_text and asked.answers,
  }
end

-- Once for all asks that go to one place with settings that are remembered.
local function prepared_once(target, call, path, asked)
  local of_call = asked.prepared[call] or {}
  asked.prepared[call] = of_call
  of_call[path] = of_call[path] or prepare(target, call, path, asked)
  return of_call[path]
end

-- How long to wait before another attempt; nil, reason when there is none to be made.
local function wait_before_retry(exchange, attempt)
  local wait = time.retry_after(exchange.headers or {}, clock.wall())
  if wait and wait > most_wait then
    return nil, ("the server asked to wait %.0f s; %d s are waited at most"):format(wait, most_wait)
  end
  return wait or math.min(most_wait, first_wait * 2 ^ (attempt - 1))
end

local turned_away = { http_429 = true, http_503 = true, connect = true }

-- Whether an exchange came to a server that takes nobody now: who comes again later may find room.
local function was_turned_away(exchange)
  return exchange.outcome == "failed" and turned_away[exchange.error_kind]
end

local function attempts(spec, retries)
  local body = retries > 0 and spec.body or nil
  local exchange = http.exchange(spec)
  for attempt = 1, retries do
    if not was_turned_away(exchange) then
      return exchange
    end
    local wait, reason = wait_before_retry(exchange, attempt)
    if not wait then
      exchange:fail("failed", exchange.error_kind, ("%s (%s)"):format(exchange.error_message, reason))
      return exchange
    end
    if not clock.sleep(wait) then
      exchange:fail("incomplete", exchange.error_kind,
        ("%s (cut off while it waited for another attempt)"):format(exchange.error_message))
      return exchange
    end
    spec.body, spec.previous = body, exchange
    exchange = http.exchange(spec)
  end
  return exchange
end

local ended_by_length = { length = true, limit = true }

-- Fewer tokens than the setting owes; an estimate is none of them where the server says that the length was the end.
local function is_short(exchange, owed)
  local tokens = owed and exchange.output_tokens
  return tokens and tokens < owed
    and (exchange.tokens_source == "usage" or not ended_by_length[exchange.finish_reason])
end

-- Ollama hands on the JSON of its engine's error as a text.
local function inner_words(message)
  local value = message and message:sub(1, 1) == "{" and json.decode(message)
  return value and (dialect.text(value, "error", "message") or dialect.text(value, "error"))
end

local elsewhere = { http_404 = true, http_405 = true } -- nothing there, or a page that takes no POST

-- What only we know of what failed: the URL that was wrong, the header that says what is missing.
local function explain(exchange, target, path)
  local words = inner_words(exchange.error_message)
  if words then
    exchange:fail(exchange.outcome, exchange.error_kind, words)
  end
  if elsewhere[exchange.error_kind] then
    exchange:fail("failed", exchange.error_kind, ("%s (POST %s)"):format(exchange.error_message,
      address.shown_url(target.parts, path)))
  elseif exchange.error_kind == "http_401" and fingerprint.is_password_asked(exchange.headers["www-authenticate"]) then
    exchange:fail("failed", exchange.error_kind, exchange.error_message .. " (it wants a name and a password)")
  end
end

-- Of what went well. least: the fewest tokens of one answer, of which there may be several; or nil.
local function judge_length(exchange, least)
  local owed = least and least * math.max(1, exchange.answers)
  if is_short(exchange, owed) then
    exchange:flag("short")
    if session.args.strict then
      exchange:fail("failed", "short", ("%d tokens of the %d that were asked for"):format(exchange.output_tokens, owed))
    end
  end
end

-- A model has a context only once it is loaded, and may be loaded with another one for this ask: asked for after the
-- first answer of either kind.
local function learn_loaded(target, exchange)
  if target.has_relearned or not exchange.cold_start and target.facts.is_loaded ~= false then
    return
  end
  target.has_relearned = true
  local ask = fingerprint.asker(target, target.raw)
  local before = target.facts
  target.facts = fingerprint.describe(target, ask, target.model)
  changed.tell(target, lists.fill(lists.fill({}, before), { context = target.facts.context }), target.facts)
  targets.record(target)
end

-- Two prompts of one key have the same number of tokens. Made only where a dialect keeps such numbers.
local function size_key(target, call, input, asked)
  local keeps_sizes = target.dialect.keeps_sizes
  if not keeps_sizes or not keeps_sizes(target) then
    return nil
  end
  local tools = asked.tools and json.encode(asked.tools) or ""
  local extra = asked.extra and json.encode(asked.extra) or "" -- raw, another template, a context that cuts
  return table.concat({ call, asked.cache, input.digest, asked.system or "", tools, extra }, "\0")
end

-- All words of an answer, in whichever channel; the calls of tools stand with the first answer's.
local function words_of(exchange, index)
  local words = { exchange.reasonings[index] or "", exchange.texts[index] }
  for _, call in ipairs(index == 1 and exchange.tool_calls or {}) do
    words[#words + 1] = (call.name or "") .. (call.arguments or "")
  end
  return table.concat(words)
end

-- Where the server did not count, its own tokenizer can.
local function count_tokens(target, exchange)
  if exchange.tokens_source == "usage" or not target.dialect.count or not exchange.texts[1] then
    return
  end
  local total = 0
  local ask = fingerprint.plain_asker(target)
  for index in ipairs(exchange.texts) do
    local count = target.dialect.count(ask, words_of(exchange, index), target.model)
    if not count then
      return
    end
    total = total + count
  end
  exchange:set("output_tokens", total)
  exchange:set("tokens_source", "tokenizer")
end

-- Some servers write null for what is no number.
local function is_vector(value)
  for index = 1, type(value) == "table" and #value or 0 do
    local number = value[index]
    if type(number) ~= "number" or number ~= number then
      return false
    end
  end
  return type(value) == "table" and #value > 0
end

-- Why a text has no vector, where the answer shows it.
local function vector_fault(exchange, vector)
  if exchange.no_numbers then
    return ": the answer holds NaN or Infinity"
  elseif type(vector) == "string" then
    return ": the text in its place is no base64 of 32-bit floats"
  elseif type(vector) ~= "table" or #vector == 0 then
    return ""
  elseif type(vector[1]) == "table" then
    return ": the answer has one for each of its tokens, not for the whole (is the model one for embeddings?)"
  end
  return ": not all that stands in its place are numbers"
end

-- A text without its vector is work that was not done; of more than there are texts none is known to be a text's.
local function judge_vectors(exchange, vectors, texts)
  for index = 1, exchange.outcome == "ok" and #texts or 0 do
    if not is_vector(vectors[index]) then
      exchange:fail("failed", "malformed", ("there is no vector for text %d of %d%s"):format(index, #texts,
        vector_fault(exchange, vectors[index])))
      return
    end
  end
  if exchange.outcome == "ok" and #vectors > #texts then
    exchange:fail("failed", "malformed", ("there are more vectors (%d) than texts (%d)"):format(#vectors, #texts))
  end
end

local function finish(target, spec, exchange, path, asked)
  if exchange.outcome ~= "ok" then
    explain(exchange, target, path)
  elseif spec.context.call ~= "embed" then
    count_tokens(target, exchange)
    judge_length(exchange, asked.least_tokens)
  end
  if spec.context.not_applied then
    exchange:flag("not_applied")
  end
  warnings.judge(target, exchange, asked)
  visit.ended(spec, exchange)
  exchange:keep()
  progress.ended(exchange)
  if exchange.outcome == "ok" then
    learn_loaded(target, exchange)
  end
end

local function keep_prompt(input)
  if prompt.is_new(input.digest) then
    local text = input.shown
    record.write("prompt", input.digest, session.args.text ~= false and text or nil, core_text.characters(text))
  end
end

local function keep_target(target, call, asked)
  if call ~= "embed" and targets.note_sampling(target, asked) or not target.is_recorded then
    targets.record(target)
  end
end

-- A spec of core.http, and its path. Nobody else holds on to the body, which is as long as the prompt and is needed no
-- more while the answer comes.
local function specify(target, call, input, asked)
  local path, body, left_out = build_once(target, call, input, asked)
  local not_applied = refuse_left_out(target, left_out)
  keep_prompt(input)
  keep_target(target, call, asked)
  local prepared = prepared_once(target, call, path, asked)
  local context, lane, sched, late = visit.begin(target, call, asked.label)
  context.prompt, context.not_applied = input.digest, not_applied
  context.cache = call ~= "embed" and asked.cache or nil
  return { prepared = prepared, body = body, context = context, on_token = asked.on_token, lane = lane, sched = sched,
    late = late }, path
end

-- Asks; waits for the whole answer. input: as bench.prompt makes it; given: a script's settings.
function request.send(target, call, input, given)
  local asked = asked_settings.of(target, given)
  local was_there = fingerprint.is_there(target, asked, visit.is_planned())
  local spec, path = specify(target, call, input, asked)
  progress.started(target.name)
  local exchange = attempts(spec, asked.retries)
  simulated.note(target, exchange)
  local vectors
  if call == "embed" then
    vectors = reply.vectors(exchange, target.dialect)
    judge_vectors(exchange, vectors, input.texts)
  end
  dialect.settle(target, exchange, size_key(target, call, input, asked), asked, was_there)
  finish(target, spec, exchange, path, asked)
  return reply.new(exchange, vectors)
end

return request
