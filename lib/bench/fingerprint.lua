-- What a server says about itself: whether it is there, what kind it is, which model it runs.
local address = require "bench.address"
local clock = require "core.clock"
local dialect = require "bench.dialect"
local json = require "bench.json"
local output = require "core.output"
local proxies = require "bench.proxies"
local source = require "core.source"
local wire = require "bench.wire"

local fingerprint = {}

local loading_poll = 0.5 -- s between two looks at a server that is loading
local patience = 60 -- s, with a server that answers slowly or not at all

-- A resolver's words for a name that nobody has; all others are its own failure.
local unknown = { ["Name or service not known"] = true, ["No address associated with hostname"] = true,
  ["the name has no address"] = true }

local function cause_of(message)
  return message:match(": ([^:]+)$") or message:match(": (it answered .+)$") or message
end

local function lower_first(words)
  return words:sub(1, 1):lower() .. words:sub(2)
end

-- "connection refused" rather than the whole sentence: the address stands beside it.
function fingerprint.reason(kind, message)
  if kind == "connect_timeout" then
    return message:find "not looked up" and "name not looked up within 5 s" or "no connection within 5 s"
  end
  if kind == "dns" then
    local cause = cause_of(message)
    return unknown[cause] and "name not known" or "name not looked up: " .. lower_first(cause)
  end
  return kind == "connect" and lower_first(cause_of(message)) or message
end

-- Only what belongs to the record: of Prometheus text the line about the cache.
local function to_keep(path, text)
  if path ~= "/metrics" then
    return text
  end
  return ("\n" .. text):match("\n(vllm:cache_config_info[^\n]*)")
end

-- An `ask` for a dialect: answers are remembered for this object's life and kept in `raw` by their paths: of a router's
-- own answer and its model's (?model=) the later one. What a server does not say within target.patience (60 s), all
-- answers together, stays unsaid. target: at least parts, headers, proxy.
function fingerprint.asker(target, raw)
  local seen, last = {}, nil
  local deadline = clock.now() + (target.patience or patience)
  return function(method, path, body)
    local key = method .. " " .. path
    if not seen[key] then
      seen[key] = last or { wire.ask(target, method, path, body, deadline) }
      local answer = seen[key][1]
      if answer then
        raw[path:match "^[^?]*"] = to_keep(path, answer.text)
      elseif clock.now() >= deadline then
        last = seen[key]
      end
    end
    return table.unpack(seen[key])
  end
end

-- One that asks anew each time and keeps nothing.
function fingerprint.plain_asker(target)
  return function(method, path, body)
    return wire.ask(target, method, path, body)
  end
end

-- Whether the model is loaded before an ask with these settings, which may have a planned time; nil where nobody knows,
-- or nothing depends on it.
function fingerprint.is_there(target, asked, is_planned)
  local look = target.dialect.is_there
  return look and look(fingerprint.plain_asker(target), target, asked, is_planned)
end

-- By its list of models: a kind, or nil where that is none.
function fingerprint.kind_of_models(answer)
  local data = dialect.get(answer, "value", "data")
  if answer.status == 200 and type(data) == "table" then
    return dialect.kind_of_owner(dialect.get(data, 1, "owned_by")) or "openai"
  end
end

-- A page for people: of what stands before the server, and does not let us to it.
local function is_refusing_page(answer)
  return (answer.status == 403 or answer.status == 400) and answer.text:find "^%s*<" ~= nil
end

-- Whether an answer keeps back what it was asked for until a key comes, or another one.
function fingerprint.wants_key(answer)
  return answer.status == 401 or answer.status == 403 and not is_refusing_page(answer)
end

-- Whether what answered with 401 asks for a name and a password (RFC 7617), as a proxy does (nginx: auth_basic).
function fingerprint.is_password_asked(challenge)
  return (challenge or ""):lower():find "^basic" ~= nil
end

-- The address to write where a name and a password are asked for and none were given: of whatever is behind it; nil
-- where something else is.
function fingerprint.address_with_password(parts, answer)
  local is_asked = answer.status == 401 and fingerprint.is_password_asked(answer.challenge) and not parts.userinfo
  return is_asked and (address.origin(parts):gsub("://", "://NAME:PASSWORD@")) .. parts.base or nil
end

-- Whether there is nothing where servers list their models, or what stands there fails: mlx_lm.server and transformers
-- serve list what a cache of models holds, and have none where they run a folder.
function fingerprint.lacks_list(answer)
  return answer.status == 404 or answer.status == 405 or answer.status == 500
    or answer.status == 200 and answer.value == nil
end

-- The words of an error as the OpenAI API writes it, or nil.
local function error_words(answer)
  return dialect.text(answer, "value", "error", "message")
end

-- Whether an answer leaves open who would have answered, or with what: a gateway's whose server is away, one to too
-- many questions, another address; that of a proxy which lets nobody pass; LiteLLM's to a wrong key (400).
function fingerprint.is_no_answer(answer)
  return answer.status >= 500 or answer.status == 429 or answer.status == 407 or answer.status // 100 == 3
    or is_refusing_page(answer)
    or answer.status == 400 and error_words(answer) ~= nil
end

-- What an answer that is no list of models says, and where.
function fingerprint.refusal(target, path, answer)
  local words = answer.status >= 300 and (error_words(answer) or answer.message) or ""
  return ("GET %s%s: %d%s%s"):format(address.shown_url(target.parts, path), proxies.by(target), answer.status,
    words ~= "" and ", " .. words or "",
    answer.status == 407 and "; it wants proxy = \"http://NAME:PASSWORD@HOST:PORT\"" or "")
end

-- Of one that fails nobody knows what it is, but maybe who asks.
local function kind_to_name(target)
  local named = setmetatable({ kind = "openai" }, { __index = target.parts })
  return "; where it speaks the OpenAI API, write " .. address.to_write(named, target.model or "MODEL")
end

local function stranger_words(target, models)
  local words = models and fingerprint.refusal(target, "/v1/models", models) or "no answer to GET /v1/models"
  return models and fingerprint.is_no_answer(models) and words .. (models.status == 500 and kind_to_name(target) or "")
    or ("it is no server of language models (%s)"):format(words)
end

-- The kind of an API that stands where others have /v1 (infinity's), or nil. Its address then ends in /models.
local function identify_without_version(target, ask)
  local models = ask("GET", "/models")
  local kind = models and fingerprint.kind_of_models(models)
  if kind then
    target.parts.path = target.parts.base .. "/models"
  end
  return kind
end

-- Whether the OpenAI API is there without a list of models, as behind many a gateway: asked nothing, it says what is
-- missing, or fails where all else is only not there.
local function answers_chats(ask, models)
  local answer = ask("POST", "/v1/chat/completions", {})
  if not answer or answer.status == 500 then
    return answer and models.status == 404
  end
  return type(answer.value) == "table" and (answer.status == 400 or answer.status == 422
    or fingerprint.wants_key(answer) or dialect.get(answer.value, "choices") ~= nil)
end

-- What stands where a server has no list of models: a kind, or nil.
local function identify_without_list(target, ask, models)
  return identify_without_version(target, ask) or answers_chats(ask, models) and "openai" or nil
end

-- What listens at an address without a kind: a kind, or nil, error kind, message. Parts of the address are completed
-- again once the kind is known.
function fingerprint.identify(target)
  local ask = fingerprint.asker(target, {})
  local answer, kind, message = ask("GET", "/api/version")
  if not answer then
    return nil, kind, message
  end
  if answer.status == 200 and dialect.get(answer, "value", "version") then
    return "ollama"
  end
  if answer.server == "llama.cpp" then
    return "llamacpp" -- says no more without its key
  end
  local models = ask("GET", "/v1/models")
  local found = models and fingerprint.kind_of_models(models)
  if found and found ~= "openai" then
    return found
  end
  local props = ask("GET", "/props")
  if props and dialect.get(props, "value", "build_info") then
    return "llamacpp"
  end
  if models and (found or fingerprint.wants_key(models) or error_words(models)) then
    return "openai"
  end
  local kind_there = models and fingerprint.lacks_list(models) and identify_without_list(target, ask, models)
  if kind_there then
    return kind_there
  end
  return nil, "malformed", stranger_words(target, models)
end

local function is_loading(answer)
  return answer.status == 503 and answer.text:lower():match("loading") ~= nil
end

-- Waits until the server is there and has loaded its model: its answer, or nil, error kind, message.
function fingerprint.await(target, loading_time)
  local path = dialect.find(target.kind).presence
  local ask = fingerprint.plain_asker(target)
  local deadline = clock.now() + loading_time
  local said = false
  while true do
    local answer, failure, message = ask("GET", path)
    if not answer then
      return nil, failure, message
    end
    if not is_loading(answer) then
      return answer
    end
    if not said then
      output.err(("bench: %s (%s) is still loading its model; waiting for it\n"):format(target.name,
        address.place(target.parts)))
      said = true
    end
    if clock.now() > deadline then
      return nil, "first_token_timeout", ("it was still loading its model after %d s"):format(loading_time // 1)
    end
    if not clock.sleep(loading_poll) then
      return nil, "client_limit", "the run is ending"
    end
  end
end

-- The one model that a server has loaded or offers: its name; or nil and the list of names.
function fingerprint.choose_model(kind, ask)
  local names, loaded = dialect.find(kind).offered(ask)
  if loaded then
    return loaded
  end
  if #names == 1 then
    return names[1]
  end
  table.sort(names)
  return nil, names
end

local most_names = 40

-- Names of models for a message or a table: the first ones of them.
function fingerprint.some(names, separator)
  local more = #names - most_names
  return table.concat(names, separator, 1, math.min(#names, most_names))
    .. (more > 0 and ("%sand %d more"):format(separator, more) or "")
end

-- What the file of the weights says, where it is the server of this machine that names one.
local function header_of(target, ask)
  local file_of = dialect.find(target.kind).file
  local path = file_of and address.is_loopback(target.parts.host) and file_of(ask)
  if not path then
    return nil
  end
  local gguf = require "bench.gguf"
  local start = source.head(path, gguf.enough)
  return start and gguf.read(start), path
end

local from_file = { "architecture", "parameters", "quantization" }

-- Fills what the server left unsaid; raw.gguf keeps the header and what was taken from it.
local function add_header(target, ask, facts)
  local header, path = header_of(target, ask)
  if not header then
    return
  end
  local taken = {}
  for _, name in ipairs(from_file) do
    if facts[name] == nil and header[name] ~= nil then
      facts[name] = header[name]
      taken[#taken + 1] = name
    end
  end
  header.file, header.taken = path, json.array(taken)
  target.raw.gguf = json.encode(header)
end

-- Everything the server says about itself and its model. target: at least kind, parts, raw.
function fingerprint.describe(target, ask, model)
  local facts = dialect.find(target.kind).describe(ask, model)
  add_header(target, ask, facts)
  return facts
end

return fingerprint
