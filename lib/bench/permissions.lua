-- What a scenario may reach, read and use. A scenario may come from a stranger: the network is the
-- backends that the user named (or the usual ports of this machine), and there only the paths of their
-- dialects; everything else needs a flag.
local address = require "bench.address"
local misuse = require "bench.misuse"
local secret = require "core.secret"
local source = require "core.source"

local permissions = { version = 0 } -- another one whenever something was opened or learnt

local allowed_net = {} -- list of { host, port or nil }
local allowed_env = {} -- set of names
local granted = {}     -- "host:port" -> true: named by the user
local kinds_at = {}    -- "host:port" -> kind, once it is known
local simulated = {}   -- "host:port" -> true: a simulated server of this run
local named = {}       -- address as the user wrote it -> true

local usual_ports = {}
for kind, port in pairs(address.default_ports) do
  usual_ports[port] = kind
end

-- "host", "host:port", "[::1]:port" -> { host, port or nil }
local function read_host(text)
  local host, port = text:match("^%[([%x:.]+)%]:?(%d*)$")
  if not host then
    host, port = text:match("^([^:]+):?(%d*)$")
  end
  if not host then
    return { host = text:lower() } -- an IPv6 address without brackets
  end
  return { host = host:lower(), port = tonumber(port) }
end

function permissions.begin(allow_net, allow_env)
  permissions.version = permissions.version + 1
  allowed_net, allowed_env, granted, kinds_at, simulated, named = {}, {}, {}, {}, {}, {}
  for _, text in ipairs(allow_net or {}) do
    allowed_net[#allowed_net + 1] = read_host(text)
  end
  for _, name in ipairs(allow_env or {}) do
    allowed_env[name] = true
  end
end

function permissions.allow_net(text)
  permissions.version = permissions.version + 1
  allowed_net[#allowed_net + 1] = read_host(text)
end

function permissions.allow_env(name)
  allowed_env[name] = true
end

function permissions.has_env(name)
  return allowed_env[name] == true
end

local function key_of(host, port)
  return host .. ":" .. port
end

local function is_allowed(host, port)
  for _, allowed in ipairs(allowed_net) do
    if allowed.host == host and (not allowed.port or allowed.port == port) then
      return true
    end
  end
  return false
end

-- Whether a flag or a backend of the command line opens this host ("host" or "host:port").
function permissions.has_net(text)
  local wanted = read_host(text)
  if is_allowed(wanted.host, wanted.port) then
    return true
  elseif wanted.port then
    return granted[key_of(wanted.host, wanted.port)] == true
  end
  for key in pairs(granted) do
    if key:match("^(.*):%d+$") == wanted.host then
      return true
    end
  end
  return false
end

-- The user wrote this text on the command line; where it is an address, its place is open.
function permissions.name(text, environment)
  permissions.version = permissions.version + 1
  local parts = address.parse(text, environment)
  if not parts then
    return
  end
  named[text] = true
  if parts.host then
    granted[key_of(parts.host, parts.port)] = true
  end
end

function permissions.is_named(text)
  return named[text] == true
end

-- A simulated server that this run started.
function permissions.grant_sim(parts)
  permissions.version = permissions.version + 1
  granted[key_of(parts.host, parts.port)] = true
  simulated[key_of(parts.host, parts.port)] = true
end

function permissions.is_simulated(parts)
  return simulated[key_of(parts.host, parts.port)] == true
end

-- What was found to listen there: from now on only that dialect's paths are open to http.
function permissions.learn(parts, kind)
  permissions.version = permissions.version + 1
  kinds_at[key_of(parts.host, parts.port)] = kind
end

local function is_usual(host, port)
  return address.is_loopback(host) and usual_ports[port] ~= nil
end

local function flag_for(parts)
  return "--allow-net " .. address.place(parts)
end

-- Whether a backend may be used; nil and a message that names the flag otherwise. A simulated server may, but it would
-- write over any file that a script makes its log.
function permissions.backend(parts)
  if parts.simulated and parts.names_file and not named[parts.given] then
    return nil, ("%s: play and log name files, which is the user's to do: give this address on the command line")
      :format(parts.given)
  end
  if parts.simulated or parts.from_environment then
    return true
  end
  if granted[key_of(parts.host, parts.port)] or is_usual(parts.host, parts.port)
    or is_allowed(parts.host, parts.port) then
    return true
  end
  return nil, ("%s is the script's own choice, not yours: name the backend on the command line or add %s"):format(
    address.place(parts), flag_for(parts))
end

local function ends_in(path, ending)
  return path:sub(-#ending) == ending
end

-- `paths(kind)` lists the paths of a kind of server, of all kinds for nil. Escapes, ";" and backslashes are read in
-- one way by a gateway and in another by the server behind it.
local function is_dialect_path(method, path, kind, paths)
  local plain = path:gsub("[?#].*$", "")
  if method ~= "GET" and method ~= "POST" or plain:find("[^%w/._~:@=+,-]") then
    return false
  end
  for _, known in ipairs(paths(kind)) do
    if ends_in(plain, known) then
      return true
    end
  end
  return false
end

-- Whether http may send this; nil and a message otherwise. parts: as address.parse of the URL gave it.
function permissions.request(method, parts, paths)
  if is_allowed(parts.host, parts.port) then
    return true
  end
  local key = key_of(parts.host, parts.port)
  if not (granted[key] or is_usual(parts.host, parts.port)) then
    return nil, ("%s is no backend of this run: add %s"):format(address.place(parts), flag_for(parts))
  end
  local kind = kinds_at[key] or (is_usual(parts.host, parts.port) and usual_ports[parts.port]) or nil
  if is_dialect_path(method, parts.path, kind, paths) then
    return true
  end
  return nil, ("%s %s is no request of the API of %s: to send it, add %s"):format(method,
    parts.path ~= "" and parts.path or "/", kind or "any kind of server", flag_for(parts))
end

-- A Host header may name another one of the machines behind a gateway: raises unless it names the one that is asked,
-- or one that is open to the script. headers: name -> text, number or handle, or nil.
function permissions.headers(parts, headers)
  for name, value in pairs(headers or {}) do
    local wanted = name:lower() == "host" and read_host(tostring(value))
    if wanted and wanted.host ~= parts.host and not is_allowed(wanted.host, wanted.port or parts.port) then
      misuse.raise("header %s: %s is not %s: add --allow-net %s", name, wanted.host, parts.host, wanted.host)
    end
  end
end

-- bench.read(file): the text of a file below the script's folder, or of one that the user named in an option. A byte
-- order mark belongs to the file.
function permissions.read(path)
  misuse.check("bench.read: the file", path, "string")
  local content, message = source.read(path)
  if not content then
    misuse.raise("bench.read: %s", message)
  elseif content:find "^\xFF\xFE" or content:find "^\xFE\xFF" then
    misuse.raise("bench.read: %s is UTF-16; save it as UTF-8", path)
  end
  return (content:gsub("^\xEF\xBB\xBF", ""))
end

-- bench.secret(name): an opaque handle to a variable of the environment, to stand in a header.
function permissions.secret(name)
  misuse.check("bench.secret: the name", name, "string")
  if not allowed_env[name] then
    misuse.raise("bench.secret: %s is not open to this script; add --allow-env %s", name, name)
  end
  local handle, message = secret.environment(name)
  if not handle then
    misuse.raise("bench.secret: %s", message)
  end
  return handle
end

return permissions
