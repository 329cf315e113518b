-- bench.backend: an address becomes something that can be asked.
local address = require "bench.address"
local fingerprint = require "bench.fingerprint"
local keys = require "bench.keys"
local lists = require "bench.lists"
local misuse = require "bench.misuse"
local permissions = require "bench.permissions"
local presence = require "bench.presence"
local prompt = require "bench.prompt"
local request = require "bench.request"
local scenario = require "bench.scenario"
local secret = require "core.secret"
local session = require "bench.session"
local settings = require "bench.settings"
local sim = require "core.sim"
local strict = require "bench.strict"
local targets = require "bench.target"
local visit = require "bench.visit"
local workers = require "bench.workers"

local backend = {}

local inner = setmetatable({}, { __mode = "k" }) -- object of the script -> target

-- The target behind an object that bench.backend made; nil for any other value.
function backend.target(object)
  return inner[object]
end

local function target_of(self, method)
  local target = inner[self]
  if not target then
    misuse.raise("write backend:%s(...), with a colon", method)
  end
  return target
end

-- One for all workers, or they would not measure one server.
local function spawn_sim(assignments)
  local function spawn()
    local place, message = sim.spawn(assignments)
    return { place = place, message = message }
  end
  return visit.current() and spawn() or workers.first("sim", spawn)
end

local function start_sim(parts)
  local spawned = spawn_sim(parts.assignments)
  if not spawned.place then
    misuse.refuse_here("%s: %s", parts.given, spawned.message)
  end
  local host, port = spawned.place:match("^(.*):(%d+)$")
  parts.host, parts.port = host, math.tointeger(tonumber(port))
  permissions.grant_sim(parts)
  scenario.mark_simulated()
end

-- Hides what is secret in an address; refuses one that is not open to the script. whose: words before that.
local function check_open(parts, whose)
  keys.hide_all(parts)
  local allowed, refusal = permissions.backend(parts)
  if not allowed then
    misuse.refuse_here("%s%s", whose, refusal)
  end
end

local function read_address(text)
  misuse.check("bench.backend: the address", text, "string")
  local parts, message = address.parse(text, keys.environment())
  if not parts then
    misuse.refuse_here("%s", message)
  end
  check_open(parts, "")
  if parts.simulated then
    start_sim(parts)
  end
  return parts
end

local option_names = { "headers", "api_key", "settings", "proxy", "http2" }

-- A proxy sees every request: it must be as open to the script as a backend.
local function check_proxy(proxy)
  misuse.check("bench.backend: the proxy", proxy, "nil", "string")
  if proxy == nil or proxy == "" then
    return nil
  end
  local parts, message = address.parse(proxy, {})
  if not parts or parts.kind or parts.name then
    misuse.refuse_here("proxy: %s", message or ("\"%s\" is no http:// or https:// URL"):format(proxy))
  end
  check_open(parts, "proxy: ")
  return proxy
end

local function read_options(given)
  misuse.check("bench.backend: the options", given, "nil", "table")
  local options = given or {}
  misuse.check_names("bench.backend", options, option_names)
  misuse.check("bench.backend: http2", options.http2, "nil", "boolean")
  if not secret.is(options.api_key) then
    misuse.check("api_key", options.api_key, "nil", "string")
  end
  return options, settings.read(options.settings), settings.read({ headers = options.headers }).headers
end

-- given: a script's headers, as bench.settings read them, or nil.
local function headers_of(parts, given, api_key)
  permissions.headers(parts, given)
  keys.hide_headers(given)
  return keys.over(keys.of_backend(parts, api_key), keys.headers(given))
end

local methods = {}

function methods.ask(self, question, given)
  return request.send(target_of(self, "ask"), "chat", prompt.ask(question), given)
end

function methods.chat(self, messages, given)
  return request.send(target_of(self, "chat"), "chat", prompt.chat(messages), given)
end

function methods.complete(self, text, given)
  return request.send(target_of(self, "complete"), "complete", prompt.complete(text), given)
end

function methods.embed(self, texts, given)
  settings.check_embedding(given)
  return request.send(target_of(self, "embed"), "embed", prompt.embed(texts), given)
end

-- The fingerprint, asked anew.
function methods.describe(self)
  local target = target_of(self, "describe")
  if target.absent then
    return {}
  end
  presence.describe(target)
  local facts = lists.fill({ kind = target.kind, name = target.name }, target.facts)
  facts.is_loaded = nil
  return facts
end

-- Returns when the server has freed the model; an error where it cannot.
function methods.unload(self)
  local target = target_of(self, "unload")
  if not targets.can_unload(target) then
    misuse.raise("%s: a server of kind %s cannot unload its model", target.name, target.kind)
  end
  local gone, message = target.dialect.unload(fingerprint.plain_asker(target), target.model)
  if not gone then
    misuse.raise("%s: unload: %s", target.name, message or "no answer")
  end
  target.is_loaded, target.least_load = false, nil
end

local most_arguments = { ask = 2, chat = 2, complete = 2, embed = 2, describe = 0, unload = 0 }
for name, most in pairs(most_arguments) do
  methods[name] = misuse.takes("backend:" .. name, most, methods[name])
end

local function object_of(target)
  local fields = { name = target.name, kind = target.kind, url = address.origin(target.parts) .. target.parts.base,
    model = target.model }
  local object = strict.sealed("backend", lists.fill(fields, methods), { model = true })
  inner[object] = target
  return object
end

local function default_name(parts)
  return parts.name or (parts.simulated and "sim") or parts.kind or "server"
end

-- bench.backend(address, { headers, api_key, settings, proxy, http2 }): the backend, described. One that
-- is not there is named on stderr, and asks of it fail.
function backend.open(text, given)
  session.declared("bench.backend")
  local options, defaults, headers = read_options(given)
  local parts = read_address(text)
  local target = targets.new {
    name = session.unique_name(default_name(parts), parts.name ~= nil),
    kind = parts.plays or parts.kind,
    parts = parts,
    headers = headers_of(parts, headers, options.api_key),
    proxy = check_proxy(options.proxy),
    http2 = options.http2,
    settings = defaults,
    model = parts.model,
    asked_model = parts.model,
    is_named = permissions.is_named(text),
    is_simulated = parts.simulated,
  }
  presence.look(target)
  return object_of(target)
end

-- Whether it was there when it was opened.
function backend.is_there(object)
  return inner[object].absent == nil
end

return backend
