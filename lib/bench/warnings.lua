-- The sanity rules that are judged while a run goes on: each is a row of `warnings`, said once for a
-- backend. Rules over all rows of a run (caches, spread, too few rounds) belong to its report.
local dialect = require "bench.dialect"
local record = require "core.record"

local warnings = {}

-- What happened, why it may spoil the numbers, what to try. %s are filled in by the caller.
local texts = {
  model_ignored = "%s was asked for \"%s\" and answered as \"%s\": such a server ignores the name,"
    .. " or it is a gateway's name for that one. Start it with the model that you mean.",
  several_models = "%s answered as \"%s\" and as \"%s\": these are the numbers of two models. A gateway that falls back"
    .. " to another one, or chooses by itself, is measured with one fixed model.",
  changed = "%s changed while it was measured (%s): these are the numbers of two servers. Measure them apart.",
  queued = "%s says that a request waited %.0f ms in its queue, of %.0f until its first token (means of all that it"
    .. " answered meanwhile). That measures the queue; fewer at a time measure the engine.",
  preempted = "%s interrupted answers %d times to make room in its KV cache, and computed what they had anew: it has"
    .. " too little memory for so many at a time.",
  prompt_cut = "A prompt to %s filled its context (%d tokens): the server may have cut it without a word."
    .. " Shorten it or give the server more context.",
  context_left = "An answer of %s went on beyond its context of %d tokens: the server forgot the beginning, question"
    .. " and all. Give it more context, or lower max_tokens.",
  ended_early = "An answer of %s was ended for its length after %d tokens, though it was allowed %d: its context"
    .. " is full, which the prompt shares, or the server has a limit of its own. Give it more context, or lower"
    .. " max_tokens.",
  other_kind = "%s (%s) is %s: asked as another kind of server it tells less, and is called what it is not."
    .. " Write %s.",
  left_running = "A request to %s that was not streamed ended before its answer: such a server may go on computing"
    .. " it, and the next ones wait. Leave stream on, or allow more time.",
  not_streamed = "An answer of %s came as one text, though a stream was asked for: it has no TTFT and no rate of"
    .. " decoding, and its end to end is the end of the answer. The server, or a gateway before it, ignores stream.",
  clear_key = "The key for %s goes to %s in clear text. Use https, or a tunnel.",
  proxied = "%s was asked%s: what that one takes, holds back or limits is part of its numbers.",
  several_answers = "%s gave %s answers in one stream%s: times between tokens and TPOT are those of all together.",
  fewer_answers = "%s was asked for %d answers and gave %d: it does not know n, or did less work.",
  picked_again = "user:pick had one prompt for the warm-up and for what was measured: a server's cache may hold it."
    .. " Give it more prompts.",
  load_cut = "Load %s was interrupted: its numbers and promises are of %.3g s of its window.",
  load_rising = "Load %s was measured while its users came, one after the other within %.3g s: what it says is of fewer"
    .. " than %d at a time. warm_up = \"%.3gs\" lets all of them come first.",
  load_short = "Load %s measured %d of the %d requests that it was to: %s has no more arrivals.",
  load_idle = "Load %s was over %.3g s before its window of %.3g s ended: its rates are of a time, too, in which nobody"
    .. " came. Without measure the window ends with the last request.",
  http1 = "%s was asked by HTTP/2 and answered by HTTP/1.1: HTTP/2 is spoken over TLS alone (https), and not by every"
    .. " server.",
  no_numbers = "%s wrote NaN or Infinity into its JSON, which has no such numbers: read as null. Other clients refuse"
    .. " such an answer.",
  not_applied = "%s does not have %s: left out, so that the backends may not have done the same work.",
}

local said = {}

-- Of what differs from ask to ask each is said.
local of_each_ask = { not_applied = true }

-- Keeps the warning, once for each code and backend; where target is nil, for each code and first word. seq is a
-- request's number or nil.
-- Returns the text the first time, nil later.
function warnings.add(code, target, seq, ...)
  local first = of_each_ask[code] and table.concat({ ... }, " ") or target and target.number or (...)
  local key = code .. " " .. tostring(first)
  if said[key] then
    return nil
  end
  said[key] = true
  local text = texts[code]:format(...)
  record.write("warning", target and target.number, seq, code, text)
  return text
end

-- A server may name a model by its file, or leave out who published it.
local function same_model(asked, answered)
  return asked == answered or answered:sub(1, #asked) == asked or asked .. ":latest" == answered
    or dialect.bare_name(asked) == dialect.bare_name(answered)
end

-- How close to the context a prompt may come before it looks cut: servers keep a few tokens back.
local context_margin = 8

-- Servers that go on where another one refuses a prompt or ends an answer.
local forgets = { ollama = true, llamacpp = true }

-- A context that the script asked for itself goes before what the server had loaded.
local function judge_context(target, exchange, settings)
  local prompt = exchange.prompt_tokens or exchange.evaluated_tokens
  local context = target.kind == "ollama" and target.dialect.asked_context(settings) or target.facts.context
  if not prompt or not context then
    return
  elseif target.kind == "ollama" and prompt >= context - context_margin then
    warnings.add("prompt_cut", target, exchange.number, target.name, context)
  elseif exchange.answers == 1 and prompt + (exchange.output_tokens or 0) > context then
    warnings.add("context_left", target, exchange.number, target.name, context)
  end
end

local ended_by_length = { length = true, limit = true }

-- What the server counted, of one answer; that a few tokens do not come is its way of counting.
local function judge_length(target, exchange, settings)
  local allowed, output = settings.max_tokens, exchange.output_tokens
  if allowed and output and exchange.answers == 1 and exchange.tokens_source == "usage"
    and ended_by_length[exchange.finish_reason] and output < allowed - context_margin then
    warnings.add("ended_early", target, exchange.number, target.name, output, allowed)
  end
end

local function is_stream_ignored(exchange, settings)
  return settings.stream and not exchange.streamed and exchange.outcome == "ok" and exchange.answers > 0
end

-- Who answered, by the name that stands in the answer; a script that writes another one into the body knows.
local function judge_model(target, exchange, settings)
  local asked, answered = target.asked_model, exchange.model
  if not answered or answered == "" or (settings.extra and settings.extra.model) then
    return
  end
  if asked and not target.dialect.refuses_names and not same_model(asked, answered) then
    warnings.add("model_ignored", target, exchange.number, target.name, asked, answered)
  end
  if exchange.outcome == "ok" then
    local first = target.answered_model or answered
    target.answered_model = first
    if not same_model(first, answered) and not same_model(answered, first) then
      warnings.add("several_models", target, exchange.number, target.name, first, answered)
    end
  end
end

-- Judges one answer.
function warnings.judge(target, exchange, settings)
  judge_model(target, exchange, settings)
  if target.http2 and exchange.status and not exchange.http2 then
    warnings.add("http1", target, exchange.number, target.name)
  end
  if exchange.no_numbers then
    warnings.add("no_numbers", target, exchange.number, target.name)
  end
  if forgets[target.kind] then
    judge_context(target, exchange, settings)
  end
  judge_length(target, exchange, settings)
  local answers = exchange.answers
  if answers > 1 and exchange.streamed then
    warnings.add("several_answers", target, exchange.number, target.name, answers == 2 and "two" or tostring(answers),
      settings.answers and "" or ", though one was asked for (it may number something else by index)")
  end
  if settings.answers and exchange.outcome == "ok" and answers < settings.answers then
    warnings.add("fewer_answers", target, exchange.number, target.name, settings.answers, answers)
  end
  if is_stream_ignored(exchange, settings) then
    warnings.add("not_streamed", target, exchange.number, target.name)
  end
  local kind = not settings.stream and exchange.error_kind
  if kind and kind:match("_timeout$") and kind ~= "connect_timeout" then
    warnings.add("left_running", target, exchange.number, target.name)
  end
end

return warnings
