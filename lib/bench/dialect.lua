-- What the dialects share: the OpenAI-style stream and body, and how a kind is found. A dialect says how
-- a body is built and where things are in a message; C compiles the places once and applies them.
--
-- A dialect is a table:
--   kind, title         "ollama", "Ollama"
--   paths               what `http` may GET and POST on such a server
--   plans               call -> { places, done_text, failed_finish, framing, plan (compiled when first used) }
--   body(call, input, settings, model) -> path, body, names of settings left out
--   bypass(body)        sets the server's own switch against its prompt cache; nil where it has none
--   presence            the path that tells whether it is there
--   offered(ask) -> names of models, name of the one that is loaded (or nil)
--   has(ask, model) -> false when the server is known not to have it
--   refuses_names       true where a model that it does not have is never answered for by another one
--   describe(ask, model) -> the fingerprint: fields of `backend`, nil for what the server does not say
--   file(ask) -> the path of the weights on the server's machine, or nil; nil where it never says
--   is_there(ask, target, asked, is_planned) -> whether the model is loaded before an ask with these settings, which
--                       may have a planned time, nil where nobody knows; nil where nothing depends on it
--   settle(exchange, target, key, asked, was_there)   the last word on counts, once the answer to that ask is there;
--                       nil where the engine has it
--   keeps_sizes(target) -> whether settle wants a key: prompts of one key have the same number of tokens
--   count(ask, text, model) -> tokens of a text by the server's own tokenizer; nil where it has none
--   length(ask, call, input, settings, model) -> tokens of a whole prompt by the tokenizer, template included; nil
--                       where it cannot be told
--   unload(ask, model) -> true once the model is freed, or nil, message; nil where the server cannot
--   vectors(answer) -> list of lists, of an embed
-- `ask(method, path, body)` -> { status, value (decoded), text } | nil, message; it waits.
local clock = require "core.clock"
local extract = require "core.extract"
local floats = require "bench.floats"
local json = require "bench.json"
local lists = require "bench.lists"
local stream_places = require "bench.stream_places"

local dialect = {}

dialect.kinds = { "ollama", "llamacpp", "vllm", "openai" }

function dialect.find(kind)
  return require("bench.dialect." .. kind)
end

-- The paths of a kind of server; of all kinds for nil.
function dialect.paths(kind)
  if kind then
    return dialect.find(kind).paths
  end
  local paths = {}
  for _, each in ipairs(dialect.kinds) do
    paths = dialect.join(paths, dialect.find(each).paths)
  end
  return paths
end

local function place(field, path, scale)
  return { field = field, path = path, scale = scale or 1 }
end
dialect.place = place

-- Words of what a server says when it gave an answer up, in the place of a finish reason: "engine_error", "aborted".
dialect.given_up = { "abort", "error", "exception", "fail", "cancel", "timeout", "capacity", "overload",
  "insufficient_system_resource" }

-- A new list: the one, then the other.
function dialect.join(one, other)
  return lists.append(lists.append({}, one), other)
end

-- The plan of an OpenAI-style answer, with a dialect's further places behind the common ones.
function dialect.stream_plan(further)
  return {
    places = dialect.join(stream_places, further or {}),
    done_text = "[DONE]",
    failed_finish = dialect.given_up,
    framing = "sse",
  }
end

-- What core.http takes of a plan: compiled when it is first used.
function dialect.compiled(plan)
  if not plan.plan then
    local made, message = extract.compile(plan.places, plan.done_text, plan.failed_finish)
    if not made then
      error(message, 0)
    end
    plan.plan = made
  end
  return plan.plan
end

-- Settings that become fields of a body: `names` maps ours to the server's; what it lacks is returned.
function dialect.apply(body, names, settings, wanted)
  local left_out = {}
  for _, name in ipairs(wanted) do
    local value = settings[name]
    if name == "stop" and value then
      value = #value > 0 and json.array(value) or nil
    end
    if value ~= nil and names[name] then
      body[names[name]] = value
    elseif value ~= nil and value ~= false then
      left_out[#left_out + 1] = name
    end
  end
  return left_out
end

dialect.sampling = { "max_tokens", "min_tokens", "ignore_eos", "temperature", "top_p", "top_k", "seed", "stop" }

-- A call of a reply, { name, arguments, id }, as a message of the OpenAI API holds it.
local function spoken_call(call)
  return { type = "function", id = call.id, ["function"] = { name = call.name, arguments = call.arguments } }
end

-- Calls out of a reply go back in the server's form; those that a script writes in it stay as they are.
local function with_calls(message, write)
  local calls = message.tool_calls
  if type(calls) ~= "table" or next(calls) and not (type(calls[1]) == "table" and calls[1].name) then
    return message
  end
  local copy = lists.fill({}, message)
  copy.tool_calls = next(calls) and json.array(lists.map(calls, write)) -- some servers refuse an empty list
  return copy
end

-- The messages of a chat, the system text first. write_call(call): how the server has the call of a tool; nil: as the
-- OpenAI API.
function dialect.messages(input, settings, write_call)
  local messages = {}
  if settings.system then
    messages[1] = { role = "system", content = settings.system }
  end
  for _, message in ipairs(input.messages) do
    messages[#messages + 1] = with_calls(message, write_call or spoken_call)
  end
  return json.array(messages)
end

-- What may be called; some servers refuse an empty list.
function dialect.tools(settings)
  return settings.tools and next(settings.tools) and json.array(settings.tools)
end

-- Lets the dialect of a backend have its last word on the counts of an answer, if there was one.
function dialect.settle(target, exchange, key, asked, was_there)
  if target.dialect.settle and (exchange.status or 0) > 0 then
    target.answered_at, target.place.last = clock.now(), target
    target.dialect.settle(exchange, target, key, asked, was_there)
  end
end

local stream_paths = { chat = "/v1/chat/completions", complete = "/v1/completions", embed = "/v1/embeddings" }

-- Path, body and left-out settings of an OpenAI-style request.
function dialect.stream_body(names, call, input, settings, model)
  local body = { model = model }
  if call == "embed" then
    body.input = #input.texts == 1 and input.texts[1] or json.array(input.texts)
    return stream_paths.embed, body, {}
  end
  local left_out = dialect.apply(body, names, settings, dialect.sampling)
  if call == "chat" then
    body.messages = dialect.messages(input, settings)
    body.tools = dialect.tools(settings)
  else
    body.prompt = input.text
    dialect.apply_none(left_out, settings, { "system", "tools" })
  end
  body.stream = settings.stream
  if settings.stream then
    body.stream_options = { include_usage = true }
  end
  return stream_paths[call], body, left_out
end

-- Adds to left_out the names that are set at all.
function dialect.apply_none(left_out, settings, wanted)
  return lists.append(left_out, lists.filter(wanted, function(name) return settings[name] ~= nil end))
end

-- A text that holds none stays one.
local function vector_of(item)
  local vector = dialect.get(item, "embedding")
  if type(vector) == "string" then
    return floats.of_base64(vector) or vector
  end
  return type(vector) == "table" and vector or nil
end

-- Where the server's number puts it; nil for a number that is none, or another one's.
local function number_of(item, list, taken)
  local number = dialect.whole(item, "index") or tonumber((dialect.text(item, "index") or ""):match("^%d+$"))
  return number and number < #list and not taken[number + 1] and number + 1 or nil
end

-- The vectors of an OpenAI-style answer, in the order of its numbers.
function dialect.stream_vectors(answer)
  local vectors = {}
  if type(answer.data) ~= "table" then
    return vectors
  end
  for place_in_list, item in ipairs(answer.data) do
    local vector = vector_of(item)
    if vector then
      vectors[number_of(item, answer.data, vectors) or place_in_list] = vector
    end
  end
  return vectors
end

-- Of a list in an answer the objects that have a text under this key.
function dialect.named(list, key)
  return lists.filter(type(list) == "table" and list or {}, function(entry) return dialect.text(entry, key) end)
end

-- "/models/Qwen2-0.5B.gguf" -> "Qwen2-0.5B": a path is no name, and tells about the machine.
function dialect.bare_name(path)
  return ((path:match("[^/\\]+$") or path):gsub("%.gguf$", ""))
end

-- The entries of /v1/models.
function dialect.listed(ask)
  return dialect.named(dialect.get(ask("GET", "/v1/models"), "value", "data"), "id")
end

local kinds_of_owners = { llamacpp = "llamacpp", vllm = "vllm", library = "ollama" }

-- Whose list of models it is, by the owner that it gives to them; nil for others.
function dialect.kind_of_owner(owner)
  return kinds_of_owners[owner]
end

-- The ids in /v1/models.
function dialect.listed_names(ask)
  return lists.column(dialect.listed(ask), "id")
end

-- The entry of one model in /v1/models, or nil.
function dialect.listed_model(ask, model)
  return lists.find(dialect.listed(ask), "id", model)
end

-- How many tokens /tokenize makes of a text, or nil.
function dialect.tokenized(ask, body)
  local answer = ask("POST", "/tokenize", body)
  local tokens = answer and answer.status == 200 and dialect.get(answer, "value", "tokens")
  return type(tokens) == "table" and #tokens or nil
end

-- No server puts an idle model out sooner, unless it keeps none or has another one to load.
local least_idle = 1 -- s

-- Whether the model may have gone since the last answer.
function dialect.may_have_gone(target)
  local last = target.answered_at
  return not last or target.was_cold or clock.now() - last >= least_idle or target.place.last ~= target
end

-- Where a server does not tell how long it loaded: an answer of a model that was not there is a cold start. Where
-- nobody knows, the first of one that was not loaded, if nobody else of this run asked there. true: it was one.
function dialect.settle_cold(exchange, target, was_there)
  local is_first = was_there == nil and target.is_loaded == false and target.place.count == 1
  target.was_cold = exchange.outcome == "ok" and (was_there == false or is_first)
  if target.was_cold then
    exchange:set("cold_start", true)
    target.is_loaded = true
  end
  return target.was_cold
end

-- Waits until a model is gone: true; or nil, message.
function dialect.await_gone(is_gone)
  for _ = 1, 600 do
    if is_gone() then
      return true
    end
    if not clock.sleep(0.1) then
      return nil, "the run is ending"
    end
  end
  return nil, "the model is still there after a minute"
end

-- A value of a decoded answer, or nil where there is none or it is null.
function dialect.get(value, ...)
  for index = 1, select("#", ...) do
    if type(value) ~= "table" then
      return nil
    end
    value = value[(select(index, ...))]
  end
  return value ~= json.null and value or nil
end

-- The same where it is a text.
function dialect.text(value, ...)
  local found = dialect.get(value, ...)
  return type(found) == "string" and found or nil
end

-- The same where it is a count.
function dialect.whole(value, ...)
  local found = dialect.get(value, ...)
  local number = type(found) == "number" and math.tointeger(found)
  return number and number >= 0 and number or nil
end

return dialect
