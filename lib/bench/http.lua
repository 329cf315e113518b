-- The global `http`: plain requests, kept like every other one. Only where a scenario may go.
local address = require "bench.address"
local core = require "core.http"
local dialect = require "bench.dialect"
local json = require "bench.json"
local keys = require "bench.keys"
local misuse = require "bench.misuse"
local permissions = require "bench.permissions"
local progress = require "bench.progress"
local reply = require "bench.reply"
local session = require "bench.session"
local settings = require "bench.settings"
local simulated = require "bench.simulated"
local strict = require "bench.strict"
local targets = require "bench.target"
local visit = require "bench.visit"

local http = {}

local most_urls = 1024 -- that are remembered, as they were read

local option_names = { "method", "headers", "body", "json", "timeouts", "label" }

local function read_options(given)
  misuse.check("http: the options", given, "nil", "table")
  given = given or {}
  misuse.check_names("http", given, option_names)
  if given.body ~= nil and given.json ~= nil then
    misuse.raise("http: body and json are two ways to say the same; give one")
  end
  misuse.check("http: the body", given.body, "nil", "string")
  local read = settings.merge(settings.read { headers = given.headers, timeouts = given.timeouts,
    label = given.label }, {})
  read.limits = settings.limits(read.timeouts)
  return read
end

local function read_url(url)
  misuse.check("http: the URL", url, "string")
  local scheme = url:lower():match("^(%a[%w+.-]*)://")
  if scheme ~= "http" and scheme ~= "https" then
    misuse.raise("http: \"%s\" is no http or https URL", url)
  end
  local parts, message = address.parse(url:gsub("#.*$", ""), {})
  if not parts then
    misuse.raise("http: %s", message)
  end
  keys.hide_all(parts)
  return parts
end

local function url_of(parts)
  return address.origin(parts) .. (parts.path ~= "" and parts.path or "/") .. (parts.query or "")
end

local read_before, read_count = {}, 0

-- What a URL says: its parts, its place ("host:port") and how it is sent. Beside it, what was found out: the methods
-- that it may be asked by (allowed: method -> version of the permissions) and the way of each where a request has no
-- options (ways). A scenario asks the same one again and again.
local function read_once(url)
  local known = read_before[url]
  if not known then
    local parts = read_url(url)
    known = { parts = parts, place = address.place(parts), sent = url_of(parts), allowed = {}, ways = {} }
    if read_count == most_urls then
      read_before, read_count = {}, 0
    end
    read_before[url], read_count = known, read_count + 1
  end
  return known
end

-- The row of a host and port, one for all requests to it.
local places = {}

local function target_of(parts, place)
  if not places[place] then
    places[place] = targets.new {
      name = session.unique_name(place),
      kind = "http",
      parts = { host = parts.host, port = parts.port, secure = parts.secure, plain_query = "" },
      is_simulated = permissions.is_simulated(parts),
    }
    targets.record(places[place])
  end
  return places[place]
end

local function body_of(given)
  return given.json ~= nil and json.encode(given.json) or given.body
end

local function headers_of(parts, given, asked)
  permissions.headers(parts, asked.headers)
  keys.hide_headers(asked.headers)
  local usual = { keys.authorization(parts) }
  usual[#usual + 1] = given.json ~= nil and "Content-Type: application/json" or nil
  return keys.over(usual, keys.headers(asked.headers))
end

local function check_allowed(method, read)
  if read.allowed[method] == permissions.version then
    return
  end
  local allowed, refusal = permissions.request(method, read.parts, dialect.paths)
  if not allowed then
    misuse.raise("http: %s", refusal)
  end
  read.allowed[method] = permissions.version
end

-- Whom a request asks and how, under these permissions.
local function new_way(method, read, given, asked)
  return {
    version = permissions.version, target = target_of(read.parts, read.place), label = asked.label,
    prepared = core.prepare {
      method = method, url = read.sent, headers = headers_of(read.parts, given, asked), timeouts = asked.limits,
      keep_body = true, stream = false, framing = "whole",
    },
  }
end

local function known_way(method, url)
  local read = read_before[url]
  local way = read and read.ways[method]
  return way and way.version == permissions.version and way
end

local function find_way(method, url, given)
  session.declared("http")
  if type(url) == "table" then
    misuse.raise("http: its functions are called with a dot, http.get(url), and take the URL first")
  end
  local asked = read_options(given)
  local read = read_once(url)
  check_allowed(method, read)
  local way = new_way(method, read, given or {}, asked)
  if given == nil then
    read.ways[method] = way
  end
  return way
end

local function send(method, url, given)
  local way = given == nil and known_way(method, url) or find_way(method, url, given)
  local target = way.target
  local body = given and body_of(given)
  local context, lane, sched, late = visit.begin(target, "http", way.label)
  local spec = { prepared = way.prepared, body = body, context = context, lane = lane, sched = sched, late = late }
  progress.started(target.name)
  local exchange = core.exchange(spec)
  simulated.note(target, exchange)
  visit.ended(spec, exchange)
  exchange:keep()
  progress.ended(exchange)
  return reply.response(exchange)
end

local function without_method(called, options)
  if type(options) == "table" and options.method ~= nil then
    misuse.raise("http.%s has no option method; http.request(url, { method = ... }) takes any", called)
  end
  return options
end

-- Each waits for the whole answer: { ok, status, headers, body, ttfb, e2e, error }.
function http.get(url, options)
  return send("GET", url, without_method("get", options))
end

function http.post(url, options)
  return send("POST", url, without_method("post", options))
end

function http.request(url, options)
  misuse.check("http: the options", options, "nil", "table")
  local method = options and options.method
  if method == nil then
    method = "GET"
  elseif type(method) ~= "string" or not method:match("^%u+$") then
    misuse.raise("http.request: the method is a word such as \"POST\"")
  end
  return send(method, url, options)
end

for name, request in pairs(http) do
  http[name] = misuse.takes("http." .. name, 2, request)
end

return strict.sealed("http", http)
