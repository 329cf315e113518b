-- Addresses of backends, from text to parts and back. Pure: nothing is asked of anybody.
--
--   [NAME=]KIND[+https]://HOST[:PORT][/BASE][?QUERY][#MODEL]
--   [NAME=]KIND[#MODEL]                 the kind's default port on this machine
--   [NAME=]http(s)://HOST[:PORT]...     what it is must be asked; http:// may be left out before an IP and port
--   [NAME=]sim[#MODEL][@KEY=VALUE...]   a simulated server that lives as long as the run
local lists = require "bench.lists"
local secret = require "core.secret"
local text = require "core.text"

local address = {}

address.kinds = { "ollama", "llamacpp", "vllm", "openai", "sim" }

address.default_ports = { ollama = 11434, llamacpp = 8080, vllm = 8000 }

local is_kind = lists.set(address.kinds)

-- Where programs that speak OpenAI's API listen, unless told otherwise.
address.usual_ports = { sglang = 30000, lmstudio = 1234, ["lm-studio"] = 1234, litellm = 4000, tgi = 8080 }

local programs = { ["llama-server"] = "llamacpp", ["llama.cpp"] = "llamacpp" } -- of another name than their kind

local endpoints = { "/chat/completions", "/completions", "/completion", "/responses", "/embeddings", "/models" }
local is_ollama_call = lists.set { "chat", "generate", "embed", "embeddings", "tags", "show", "ps", "version" }

local function unescape(part)
  return (part:gsub("%%(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

-- What of "key=x", or of "a=1;key=x", is secret; nil where nothing is.
local function secret_of(pair)
  for assignment in pair:gmatch("[^;]+") do
    local name, value = assignment:match("^([^=]*)=(.+)$")
    if name and secret.is_query_name(name) then
      return unescape(assignment == pair:sub(1, #assignment) and pair:sub(#name + 2) or value)
    end
  end
end

-- "?a=1&key=x" -> "?a=1" and { "x" }.
local function split_query(query)
  local plain, secrets = {}, {}
  for pair in query:sub(2):gmatch("[^&]+") do
    local value = secret_of(pair)
    table.insert(value and secrets or plain, value or pair)
  end
  return #plain > 0 and "?" .. table.concat(plain, "&") or "", secrets
end

-- The path without one of these at its end; nil where none is.
local function without(path, ends)
  for _, last in ipairs(ends) do
    if path:sub(-#last) == last then
      return path:sub(1, -#last - 1)
    end
  end
end

-- As a complaint may show it: what comes before a host, and a query, may be secret.
local function shown(given)
  return (given:gsub("[^/]+", function(part)
    return (part:gsub("^.*@", "...@"))
  end):gsub("%?.*$", "?..."))
end

-- Base path -> the prefix of native paths, and the prefix that stands for "/v1". Exactly one whole
-- "/v1" is cut; what stands before an endpoint, such as /chat/completions, is taken as it is, and so is
-- a path that says its version itself: /api/paas/v4, /v1beta/openai, or in its query: Azure's deployments.
local function split_base(path)
  local base = path:gsub("/+$", "")
  local root = without(base, endpoints)
  if root or base:match("/v%d+$") or base:match("/v%d%w*/openai$")
    or base:match("/openai/deployments/[^/]+$") then
    root = root or base
    return (root:gsub("/v1$", "")), root
  end
  return base, base .. "/v1"
end

local function split_ollama_base(path)
  local base = path:gsub("/+$", "")
  local call = base:match "/api/(%a+)$"
  base = is_ollama_call[call] and base:sub(1, -#call - 2) or without(base, endpoints) or base
  base = without(base, { "/v1", "/api" }) or base
  return base, base .. "/v1"
end

local function is_bare_ipv6(place)
  return place:gsub("%%.*$", ""):find "^%x*:%x*:[%x:.]*$" ~= nil
end

-- What stands in brackets -> an IPv6 address, with its interface as the system writes it: "fe80::1%eth0", which a URL
-- writes "fe80::1%25eth0"; nil for anything else.
local function read_ipv6(place)
  local host, zone = place:match("^([%x:.]+)(.*)$")
  local interface = zone and (zone:match "^%%25([%w._~-]+)$" or zone:match "^%%([%w._~-]+)$")
  if host and (zone == "" or interface) then
    return host:lower() .. (interface and "%" .. interface or "")
  end
end

-- "user:pass@[::1]:80" -> host, port or nil, userinfo or nil; nil, message.
local function split_authority(authority)
  local userinfo, place = authority:match("^(.*)@([^@]*)$")
  place = place or authority
  local brackets, port = place:match("^%[([^%]]*)%](.*)$")
  local host = brackets and read_ipv6(brackets)
  if not brackets then
    host, port = place:match("^([^:%[%]]*)(.*)$")
    host = host:lower():gsub("^(.*%f[%w]localhost)%.$", "%1")
  end
  if is_bare_ipv6(place) then
    return nil, "an IPv6 address stands in brackets, as [::1]:8000"
  elseif not host or host == "" then
    return nil, "there is no host in it"
  end
  if port == "" then
    return host, nil, userinfo
  end
  local number = port:match("^:(%d+)$")
  number = number and #number <= 5 and math.tointeger(tonumber(number))
  if not number or number < 1 or number > 65535 then
    return nil, ("\"%s\" is no port"):format(port:sub(2))
  end
  return host, number, userinfo
end

local function default_port(kind, secure)
  if secure then
    return 443
  end
  return address.default_ports[kind] or 80
end

-- Everything after "://" into `parts`. default: the port where none is said; nil: the kind's.
local function read_place(parts, place, default)
  local rest, model = place:match("^([^#]*)#(.*)$")
  rest = rest or place
  local before, query = rest:match("^([^?]*)(%?.*)$")
  before = before or rest
  local authority, path = before:match("^([^/]*)(.*)$")
  local host, port, userinfo = split_authority(authority)
  if not host and authority:find ":%D" and place:find("@", #authority, true) then
    return nil, "before the @ of an address %2F stands for a /, %3F for a ? and %23 for a #"
  elseif not host then
    return nil, ("\"%s\": %s"):format(shown(authority), port)
  end
  parts.host = host
  parts.port = port or default or default_port(parts.kind, parts.secure)
  parts.model = model ~= "" and model or nil
  parts.userinfo = userinfo and unescape(userinfo)
  parts.path = path:gsub("//+", "/")
  parts.query = query or ""
  return parts
end

local function read_sim(parts, rest)
  local head, tail = rest:match("^([^@]*)@?(.*)$")
  parts.kind = "sim"
  parts.simulated = true
  parts.model = head:match("^sim#(.+)$")
  if not parts.model and head ~= "sim" then
    return nil, ("\"%s\" is no simulated server: sim#MODEL@ttft=200ms@tpot=20ms"):format(rest)
  end
  local assignments = { parts.model and "name=" .. parts.model }
  for assignment in tail:gmatch("[^@]+") do
    local key, value = assignment:match("^(%a[%w_-]*)=(.*)$")
    if not key then
      return nil, ("\"%s\" is not of the form KEY=VALUE"):format(assignment)
    end
    if key == "kind" then
      if not is_kind[value] or value == "sim" then
        return nil, ("\"%s\" is no kind to simulate: ollama, llamacpp, vllm, openai"):format(value)
      end
      parts.plays = value
    end
    parts.names_file = parts.names_file or key == "play" or key == "log"
    assignments[#assignments + 1] = assignment
  end
  parts.plays = parts.plays or "llamacpp"
  parts.assignments = table.concat(assignments, "@")
  return parts
end

-- What was meant where a kind is followed by ":" or "/": a port or a host, or else a model.
local function with_kind(kind, rest)
  if rest:find "^%d+%f[/\0]" then
    return kind .. "://127.0.0.1:" .. rest
  end
  local is_host = rest:find "^/" or rest:find "^%d+%.%d+%.%d+%.%d+" or rest:find "^localhost%f[^%w.-]"
  return kind .. (is_host and "://" or "#") .. shown(rest:gsub("^/+", ""))
end

-- The wide forms of ASCII, as an input method for Chinese or Japanese writes them, in ASCII.
local function narrow(word)
  return (word:gsub("\xEF[\xBC\xBD][\x80-\xBF]", function(character)
    local code = utf8.codepoint(character)
    return code >= 0xFF01 and code <= 0xFF5E and string.char(code - 0xFEE0) or nil
  end))
end

-- The address that was most likely meant, or nil.
local function nearest_address(word)
  local kind, rest = word:match("^(%a+)[:/](.+)$")
  local in_ascii = narrow(word)
  if in_ascii ~= word and is_kind[in_ascii:match "^%a+"] then
    return shown(in_ascii)
  elseif word:find "^:?%d+$" then
    return "127.0.0.1:" .. word:match "%d+"
  end
  if is_kind[kind] then
    return with_kind(kind, rest)
  elseif word:find "^[%w._-]+:[%w._-]+$" then
    return "ollama#" .. word -- nobody else's models have a tag
  end
  local port = address.usual_ports[word:lower()]
  return programs[word] or port and "openai://127.0.0.1:" .. port or text.nearest(word, address.kinds)
end

-- A host and a port, or one that can be nothing else, with or without a path.
local function is_place(word)
  local host = word:match "^([%w.-]+)%f[/\0]"
  return word:find "^[%w.-]+:%d+%f[/\0]" or host and (host:lower() == "localhost" or host:find "^%d+%.%d+%.%d+%.%d+$")
end

local function unknown_kind(word, is_scheme)
  local nearest = is_scheme and address.usual_ports[word] and "openai" or nearest_address(word)
  if is_place(word) and not is_kind[word:match "^%w+"] then
    local place = shown(word)
    return ("\"%s\" does not say what kind of server is there: write KIND://%s, or http://%s to have it asked"):format(
      place, place, place)
  end
  return ("\"%s\" is no kind of server%s (kinds: %s; or http://HOST:PORT to have it asked)"):format(
    shown(word), nearest and (". Did you mean " .. nearest .. "?") or "", table.concat(address.kinds, ", "))
end

-- What a variable of the environment says, nil where nothing: without the blanks, a CR say, and the quotes that env
-- files leave there; Ollama strips them, too.
function address.variable(value)
  local inner = value and value:match "^[%s\"']*(.-)[%s\"']*$"
  return inner ~= "" and inner or nil
end

-- "HTTP://host" -> "http", "host"; nil, the whole where there is no scheme.
local function split_scheme(url)
  local scheme, place = url:match("^([%w+.-]+)://(.*)$")
  return scheme and scheme:lower(), place or url
end

-- OLLAMA_HOST as people write it: "host", ":port", "0.0.0.0:11434", "http://host:port/base". A URL without a port means
-- that of its scheme, as to Ollama itself.
local function read_ollama_host(value)
  local scheme, place = split_scheme(value)
  if is_bare_ipv6(place) then
    place = "[" .. place .. "]"
  elseif place:sub(1, 1) == ":" then
    place = "127.0.0.1" .. place
  end
  place = place:gsub("^0%.0%.0%.0", "127.0.0.1"):gsub("^%[::%]", "[::1]")
  return scheme or "http", place, scheme == "http" and 80 or nil
end

-- Where a kind alone is: scheme, place, port where the place has none (nil: the kind's).
local function short_place(parts, kind, environment)
  local host, url = address.variable(environment.OLLAMA_HOST), address.variable(environment.OPENAI_BASE_URL)
  if kind == "ollama" and host then
    parts.from_environment = "OLLAMA_HOST"
    return read_ollama_host(host)
  elseif kind == "openai" then
    parts.from_environment = url and "OPENAI_BASE_URL"
    return split_scheme(url or "https://api.openai.com/v1")
  end
  return "http", "127.0.0.1:" .. address.default_ports[kind]
end

-- The short forms: a kind alone means this machine, or what the environment says.
local function read_short(parts, kind, model, environment)
  parts.kind = kind
  local scheme, place, port = short_place(parts, kind, environment)
  if scheme ~= "http" and scheme ~= "https" then
    return nil, ("%s is no http or https URL"):format(parts.from_environment)
  end
  parts.secure = scheme == "https"
  local read, message = read_place(parts, place:gsub("#.*$", ""), port)
  if not read then
    return nil, (parts.from_environment and parts.from_environment .. ": " or "") .. message
  end
  parts.model = model
  return parts
end

-- "127.0.0.1:8080", "localhost:8080", "[::1]:8080": nobody means a kind by it.
local function is_bare_place(rest)
  return rest:find("^%d+%.%d+%.%d+%.%d+:%d") or rest:find("^localhost:%d") or rest:find("^%[[%x:.]+%%?[%w._~-]*%]:%d")
end

local function read_kind(parts, rest, environment)
  local scheme, place = rest:match("^([%w+.-]+)://(.*)$")
  scheme = scheme and scheme:lower()
  if is_bare_place(rest) then
    return read_place(parts, rest)
  elseif not scheme then
    local kind, model = rest:match("^([^#]+)#(.+)$")
    kind = kind or rest
    if not is_kind[kind] then
      return nil, unknown_kind(kind)
    end
    return read_short(parts, kind, model, environment)
  end
  if scheme == "http" or scheme == "https" then
    parts.secure = scheme == "https"
    return read_place(parts, place)
  end
  local kind, extra = scheme:match("^(%w+)(.*)$")
  if not is_kind[kind] or kind == "sim" then
    return nil, unknown_kind(scheme, true)
  end
  if extra ~= "" and extra ~= "+https" and extra ~= "+http" then
    return nil, ("\"%s\": write %s:// or %s+https://"):format(scheme, kind, kind)
  end
  parts.kind = kind
  parts.secure = extra == "+https"
  return read_place(parts, place)
end

-- The parts derived from kind and path; called again when a probed address learnt its kind.
function address.complete(parts)
  local split = (parts.plays or parts.kind) == "ollama" and split_ollama_base or split_base
  parts.base, parts.v1 = split(parts.path or "")
  local plain, secrets = split_query(parts.query or "")
  parts.plain_query = plain
  parts.secrets = secrets
  if parts.userinfo then
    secrets[#secrets + 1] = parts.userinfo
    local password = parts.userinfo:match("^[^:]*:(.+)$")
    if password then
      secrets[#secrets + 1] = password
    end
  end
  return parts
end

-- Text -> { name, kind (nil: to be asked), secure, host, port, base, v1, query, model, userinfo, secrets
-- (texts that must never be kept), simulated, plays, assignments, names_file }, or nil, message. `environment`
-- holds OLLAMA_HOST and OPENAI_BASE_URL where they are set.
function address.parse(given, environment)
  if given:match("^[^#]*"):find("%s") or given:find("%c") or given:find("%s$") then
    return nil, ("\"%s\" has a blank in it"):format(shown(given))
  end
  local name, rest = given:match("^([%w._-]+)=(.+)$")
  local wrong = not name and given:match("^([^=@#/?]+)=")
  if wrong then
    return nil, ("\"%s\" is no name: before the = stand letters, digits, . _ - (ASCII)"):format(wrong)
  end
  rest = rest or given
  local parts = { name = name, secure = false, given = given }
  local read, message
  if rest:match("^sim$") or rest:match("^sim[#@]") then
    read, message = read_sim(parts, rest)
  else
    read, message = read_kind(parts, rest, environment or {})
  end
  if not read then
    return nil, message
  end
  return address.complete(parts)
end

-- "host:port" with brackets where they are needed.
function address.place(parts)
  local host = parts.host:find(":", 1, true) and "[" .. parts.host:gsub("%%", "%%25") .. "]" or parts.host
  return host .. ":" .. parts.port
end

-- "http://host:port", without base and secrets; the port is left out where it says nothing.
function address.origin(parts)
  local scheme = parts.secure and "https" or "http"
  local place = address.place(parts)
  if parts.port == (parts.secure and 443 or 80) then
    place = place:gsub(":%d+$", "")
  end
  return scheme .. "://" .. place
end

-- The URL to send to: "/v1/..." stands below the base's own /v1, everything else below the base.
function address.url(parts, path)
  local whole
  if path:sub(1, 4) == "/v1/" then
    whole = parts.v1 .. path:sub(4)
  else
    whole = parts.base .. path
  end
  return address.origin(parts) .. whole .. (parts.query or "")
end

-- The URL without query and secrets, for messages.
function address.shown_url(parts, path)
  return (address.url(parts, path):gsub("%?.*$", ""))
end

-- As people may see and keep it: no secrets; simulated servers as they were written.
function address.printable(parts)
  if parts.simulated then
    local written = parts.given:gsub("^[%w._-]+=", "")
    return written
  end
  local scheme = parts.kind or (parts.secure and "https" or "http")
  if parts.kind and parts.secure then
    scheme = scheme .. "+https"
  end
  local model = parts.model and "#" .. parts.model or ""
  return scheme .. "://" .. address.place(parts) .. (parts.path or ""):gsub("/+$", "") .. parts.plain_query .. model
end

-- What to write in a shell to get to a model there, or with nil to the place: the short form where that is the kind's
-- usual one on this machine.
function address.with_model(parts, model)
  local is_usual = address.default_ports[parts.kind] == parts.port and parts.host == "127.0.0.1"
    and parts.base == "" and parts.v1 == "/v1" and not parts.secure and not parts.userinfo
  local place = is_usual and parts.kind or address.printable(parts):gsub("#.*$", "")
  if parts.userinfo then
    place = place:gsub("://", "://NAME:PASSWORD@", 1)
  end
  return text.quoted(place .. (model and "#" .. model or ""))
end

-- The same; llama-server runs one model, whatever it is asked for.
function address.to_write(parts, model)
  return address.with_model(parts, parts.kind ~= "llamacpp" and model or nil)
end

-- What looks like an address and is none would be a name, which anybody may have given to any machine.
local function is_loopback_number(host)
  local valid = host:find("^127%.%d+%.%d+%.%d+$") ~= nil
  for part in host:gmatch("%d+") do
    valid = valid and tonumber(part) < 256
  end
  return valid
end

function address.is_loopback(host)
  return host == "localhost" or host == "::1" or is_loopback_number(host) or host:find("%.localhost$") ~= nil
end

return address
