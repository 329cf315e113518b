-- How each server tells a message of a story (story.lua): JSON out of choices. `voice` holds the habits that one stream
-- keeps from its beginning to its end.
local chance = require "chance"
local json_text = require "json_text"
local words = require "words"

local list, null, object = json_text.list, json_text.null, json_text.object

local dialects = {}

local function ascii(text)
  return json_text.words(words.of_text(text))
end

local function add(fields, key, value)
  fields[#fields + 1] = { key, value }
end

function dialects.voice(story)
  return {
    style = json_text.style(story.framing ~= "lines" and chance.of(0.2)),
    reasoning = chance.pick { "reasoning_content", "reasoning", "reasoning_text", "thinking" },
    reasoning_object = story.seed % 10 == 3, -- of the first two alone
    -- what stands where there is no text
    empty = chance.pick { "absent", "null", "empty" },
    no_finish = chance.pick { "absent", "null", "empty" },
    frills = chance.of(0.5),
    logprobs = chance.of(0.15),
    stray = chance.of(0.3),
    parts = chance.of(0.05),
    details = chance.pick { "always", "null", "absent" },
    spelling = chance.weighed { { 8, "openai" }, { 1, "input" } },
    floats = chance.of(0.05),
  }
end

local function number(voice, value)
  return voice.floats and ("%d.0"):format(value) or value
end

-- A text, or what this server writes where there is none.
local function add_text(fields, key, points, empty)
  if points and #points > 0 then
    add(fields, key, json_text.words(points))
  elseif empty == "null" then
    add(fields, key, null)
  elseif empty == "empty" then
    add(fields, key, json_text.words {})
  end
end

-- --- the OpenAI API ---

local function details(voice, fields, key, name, count)
  if count then
    add(fields, key, object { { name, count }, { "audio_tokens", 0 } })
  elseif voice.details == "null" then
    add(fields, key, null)
  elseif voice.details == "always" then
    add(fields, key, object { { "audio_tokens", 0 } })
  end
end

local function usage_of(voice, usage)
  if usage == "null" then return null end
  local input = voice.spelling == "input"
  local fields = {
    { input and "input_tokens" or "prompt_tokens", number(voice, usage.prompt) },
    { input and "output_tokens" or "completion_tokens", number(voice, usage.output) },
  }
  if usage.total then add(fields, "total_tokens", number(voice, usage.total)) end
  details(voice, fields, input and "input_tokens_details" or "prompt_tokens_details", "cached_tokens", usage.cached)
  details(voice, fields, input and "output_tokens_details" or "completion_tokens_details", "reasoning_tokens",
    usage.reasoning)
  return object(fields)
end

local function logprobs_of(points)
  local token = json_text.words(points or {})
  return object { { "content", list { object { { "token", token }, { "logprob", "-0.25" }, { "bytes", list { 97 } },
    { "top_logprobs", list {} } } } }, { "refusal", null } }
end

local function tool_of(call)
  local fields, inner = { { "index", call.index } }, {}
  if call.id then add(fields, "id", ascii(call.id)) end
  if call.name then
    add(fields, "type", ascii "function")
    add(inner, "name", ascii(call.name))
  end
  if call.arguments then add(inner, "arguments", json_text.words(call.arguments)) end
  add(fields, "function", object(inner))
  return object(fields)
end

local function tools_of(calls)
  local values = {}
  for i, call in ipairs(calls) do values[i] = tool_of(call) end
  return list(values)
end

local has_object = { reasoning_content = true, reasoning = true }

-- name: beside a text, where it is no object.
local function add_reasoning(voice, fields, message, name)
  local points = message.reasoning
  if not name and voice.reasoning_object and has_object[voice.reasoning] and points and #points > 0 then
    add(fields, voice.reasoning, object { { "text", json_text.words(points) } })
  else
    add_text(fields, name or voice.reasoning, points, message.reasons and voice.empty or "absent")
  end
end

-- "content" as a list of parts
local function content_parts(points)
  return list { object { { "type", ascii "text" }, { "text", json_text.words(points) } } }
end

local function said(voice, message)
  local fields = {}
  if message.role then add(fields, "role", ascii "assistant") end
  local only_tools = message.tools and "null" or voice.empty
  if voice.parts and message.content and #message.content > 0 then
    add(fields, "content", content_parts(message.content))
  else
    add_text(fields, "content", message.content, message.role and "empty" or only_tools)
  end
  add_reasoning(voice, fields, message)
  if message.tools then add(fields, "tool_calls", tools_of(message.tools)) end
  return object(fields)
end

local function add_finish(voice, fields, reason, key)
  add_text(fields, key, reason and words.of_text(reason), voice.no_finish)
end

local function choice_of(voice, message, key)
  local fields = { { "index", message.choice } }
  if key == "text" then
    add_text(fields, "text", message.content, "empty")
    add_reasoning(voice, fields, message, voice.reasoning == "reasoning_text" and "reasoning" or voice.reasoning)
  else
    add(fields, key, said(voice, message))
  end
  if voice.logprobs then add(fields, "logprobs", logprobs_of(message.content)) end
  if voice.frills then add(fields, "stop_reason", null) end
  add_finish(voice, fields, message.finish, "finish_reason")
  if message.usage and message.usage_place == "choice" then add(fields, "usage", usage_of(voice, message.usage)) end
  return object(fields)
end

local function frills(voice, kind)
  local fields = {}
  if voice.frills then
    add(fields, "id", ascii "chatcmpl-7")
    add(fields, "object", ascii(kind))
    add(fields, "created", 1764000000)
    add(fields, "system_fingerprint", null)
  end
  add(fields, "model", ascii "told")
  if voice.stray then add(fields, "error", null) end
  return fields
end

local function add_usage(voice, fields, message)
  if message.usage and message.usage_place == "groq" then
    add(fields, "x_groq", object { { "id", ascii "req" }, { "usage", usage_of(voice, message.usage) } })
  elseif message.usage and message.usage_place ~= "choice" then
    add(fields, "usage", usage_of(voice, message.usage))
  end
end

local error_shapes = {
  object = function(text)
    return object { { "error", object { { "message", text }, { "type", ascii "Internal" }, { "code", 500 } } } }
  end,
  text = function(text) return object { { "error", text } } end,
  kind = function(text)
    return object { { "object", ascii "error" }, { "message", text }, { "type", ascii "x" }, { "code", 500 } }
  end,
  list = function(text) return object { { "errors", list { object { { "message", text } } } } } end,
  texts = function(text) return object { { "errors", list { text } } } end,
  detail = function(text) return object { { "detail", text } } end,
  typed = function(text)
    return object { { "type", ascii "error" }, { "error", object { { "type", ascii "x" }, { "message", text } } } }
  end,
}
dialects.error_shapes = error_shapes

local function told_error(message)
  return error_shapes[message.error.shape](json_text.words(message.error.points))
end

local function openai_message(key, kind)
  return function(voice, message)
    local fields = frills(voice, kind)
    local choices = {}
    for i, one in ipairs(message.together or { message }) do
      choices[i] = one.choice and choice_of(voice, one, key) or nil
    end
    add(fields, "choices", list(choices))
    add_usage(voice, fields, message)
    if message.timings then add(fields, "timings", message.timings) end
    return object(fields)
  end
end

-- --- llama-server's own ---

local function timings_of(story, counts)
  return object { { "cache_n", story.cached }, { "prompt_n", story.prompt - story.cached }, { "prompt_ms", "12.5" },
    { "predicted_n", counts }, { "predicted_ms", "250.0" }, { "predicted_per_second", "20.1" } }
end
dialects.timings = timings_of

local function native_message(voice, message)
  local fields = { { "index", message.choice } }
  add_text(fields, "content", message.content, "empty")
  add(fields, "tokens", list {})
  add(fields, "stop", message.finish ~= nil)
  add(fields, "id_slot", 0)
  add(fields, "tokens_predicted", number(voice, message.total))
  add(fields, "tokens_evaluated", number(voice, message.prompt))
  if message.finish then
    add(fields, "model", ascii "told")
    add(fields, "stop_type", ascii(message.finish))
    add(fields, "stopping_word", json_text.words {})
  end
  if message.timings then add(fields, "timings", message.timings) end
  return object(fields)
end

-- --- Ollama's own ---

local function ollama_tools(calls)
  local values = {}
  for i, call in ipairs(calls) do
    values[i] = object { { "function", object { { "index", call.index }, { "name", ascii(call.name) },
      { "arguments", call.object } } } }
  end
  return list(values)
end

local function ollama_end(voice, fields, message)
  if not message.done then return end
  add(fields, "done_reason", ascii(message.finish))
  add(fields, "total_duration", 900000000)
  add(fields, "load_duration", 20000000)
  if message.usage then
    add(fields, "prompt_eval_count", number(voice, message.usage.prompt))
    if message.usage.cached then add(fields, "prompt_eval_cached_count", message.usage.cached) end
    add(fields, "prompt_eval_duration", 100000000)
    add(fields, "eval_count", number(voice, message.usage.output))
    add(fields, "eval_duration", 400000000)
  end
end

local function ollama_message(is_chat)
  return function(voice, message)
    local fields = { { "model", ascii "told" }, { "created_at", ascii "2026-01-01T00:00:00.1Z" } }
    if is_chat then
      local inner = { { "role", ascii "assistant" } }
      add_text(inner, "content", message.content, "empty")
      add_text(inner, "thinking", message.reasoning, "absent")
      if message.tools then add(inner, "tool_calls", ollama_tools(message.tools)) end
      add(fields, "message", object(inner))
    else
      add_text(fields, "response", message.content, "empty")
      add_text(fields, "thinking", message.reasoning, "absent")
    end
    add(fields, "done", message.done == true)
    ollama_end(voice, fields, message)
    return object(fields)
  end
end

-- --- all of them ---

local openai_errors = { "object", "text", "kind", "list", "detail", "typed" }

local function openai(kind, call, more)
  local chat = call == "chat"
  local dialect = {
    kind = kind, call = call, path = chat and "/v1/chat/completions" or "/v1/completions", framing = "sse",
    done_text = "[DONE]", errors = openai_errors, many = true, reasoning = true, tools = chat and "pieces",
    usages = { "none", "lone", "lone", "finish", "last", "null", "zeros", "zeros_only", "cumulative", "cumulative_lone",
      "choice", "groq",
      "left_out", "lone_each" },
    message = openai_message(chat and "delta" or "text", chat and "chat.completion.chunk" or "text_completion"),
    whole = openai_message(chat and "message" or "text", chat and "chat.completion" or "text_completion"),
  }
  for key, value in pairs(more or {}) do dialect[key] = value end
  return dialect
end

local function ollama(call)
  local message = ollama_message(call == "chat")
  return { kind = "ollama", call = call, path = call == "chat" and "/api/chat" or "/api/generate", framing = "lines",
    errors = { "text" }, reasoning = true, tools = call == "chat" and "whole", usages = { "finish", "finish", "none" },
    ends_itself = true, message = message, whole = message }
end

dialects.list = {
  { 5, openai("openai", "chat") },
  { 2, openai("openai", "complete") },
  { 2, openai("vllm", "chat") },
  { 1, openai("vllm", "complete") },
  { 2, openai("llamacpp", "chat", { usages = { "timings", "timings_lone" }, many = false }) },
  { 2, { kind = "llamacpp", call = "complete", path = "/completion", framing = "sse", errors = { "object", "text" },
    usages = { "native" }, message = native_message, whole = native_message } },
  { 3, ollama "chat" },
  { 2, ollama "complete" },
}

function dialects.tell(story, voice, message)
  if message.raw or message.junk then return message.raw or message.junk end
  if message.error then return json_text.write(voice.style, told_error(message)) end
  return json_text.write(voice.style, story.dialect.message(voice, message))
end

return dialects
