-- Keys and other secrets on their way to a backend: as handles whose text only core.http can see.
local address = require "bench.address"
local base64 = require "bench.base64"
local lists = require "bench.lists"
local misuse = require "bench.misuse"
local secret = require "core.secret"

local keys = {}

-- What the environment says about backends and is no secret.
function keys.environment()
  return { OLLAMA_HOST = address.variable(os.getenv "OLLAMA_HOST"),
    OPENAI_BASE_URL = address.variable(os.getenv "OPENAI_BASE_URL") }
end

-- From now on the text is redacted wherever something is kept or printed. Returns a handle, or the text
-- itself where it is too short to be told from others.
local function hide(text)
  return secret.literal(text) or text
end

-- The value of a header that holds a key, and the key in it: "Bearer KEY", "Basic " and NAME:KEY in base64.
local function hide_value(value)
  local scheme, key = value:match "^(%a+)%s+(%S+)$"
  hide(key or value)
  local plain = scheme and scheme:lower() == "basic" and key:find "^[%w+/]*=*$" and base64.decoded(key)
  if plain and not plain:find "%z" then
    hide(plain)
    hide(plain:match ":(.*)$" or plain)
  end
  return value
end

function keys.hide_all(parts)
  for _, text in ipairs(parts.secrets) do
    hide(text)
  end
end

-- Whether OPENAI_API_KEY belongs to this host: that of OPENAI_BASE_URL, api.openai.com without it.
local function owns_environment_key(parts)
  local base = address.parse("openai", keys.environment())
  return base ~= nil and base.host == parts.host and base.port == parts.port and base.secure == parts.secure
end

-- The Authorization header for a backend as core.http takes it, or nil: the script's key, what stands in
-- the address, or OPENAI_API_KEY.
function keys.authorization(parts, api_key)
  if type(api_key) == "string" then
    hide_value(api_key)
    return { "Authorization: Bearer ", hide(api_key) }
  end
  if api_key then
    return { "Authorization: Bearer ", api_key }
  end
  if parts.userinfo then
    return { "Authorization: Basic ", hide(base64.encoded(parts.userinfo)) }
  end
  local from_environment = address.variable(os.getenv "OPENAI_API_KEY")
  if from_environment and owns_environment_key(parts) then
    hide_value(from_environment)
    return { "Authorization: Bearer ", hide(from_environment) }
  end
end

-- The headers that BENCH_HEADERS has, a line "Name: value" each, for the host that OPENAI_API_KEY belongs to. As
-- core.http takes them, their values hidden.
function keys.headers_of_environment(parts)
  local list = {}
  local lines = (owns_environment_key(parts) and os.getenv "BENCH_HEADERS" or ""):match "^%s*(.-)%s*$"
  for line in lines:gmatch "[^\r\n]+" do
    local name, value = line:match "^%s*([^%s:]+):%s*(.-)%s*$"
    if not name then
      misuse.refuse_here("BENCH_HEADERS has a line that is no \"Name: value\"")
    elseif secret.is_name(name) then
      hide_value(value)
    end
    list[#list + 1] = { name .. ": ", hide(value) }
  end
  return list
end

-- A script's table of headers as core.http takes it, in the order of their names. Handles stay handles.
function keys.headers(given)
  return lists.map(lists.names(given or {}), function(name)
    local value = given[name]
    return secret.is(value) and { name .. ": ", value } or name .. ": " .. tostring(value)
  end)
end

-- Of a header as core.http takes it. Capitals tell no two names apart.
local function name_of(header)
  return (type(header) == "table" and header[1] or header):match("^[^:]*"):lower()
end

-- A new list of headers as core.http takes them: both, but of one name only what is above.
function keys.over(below, above)
  local taken = lists.set(lists.map(above, name_of))
  return lists.append(lists.filter(below, function(header) return not taken[name_of(header)] end), above)
end

-- What each request to a backend says beside a script's own headers. A script's api_key lies over BENCH_HEADERS, and
-- that over a key that is there for every program.
function keys.of_backend(parts, api_key)
  local key, of_environment = { keys.authorization(parts, api_key) }, keys.headers_of_environment(parts)
  return api_key and keys.over(of_environment, key) or keys.over(key, of_environment)
end

-- "session=KEY; theme=dark": what is long may be a key.
local function hide_cookies(value)
  for one in value:gmatch "=([^;%s]+)" do
    if #one >= 12 then
      hide(one)
    end
  end
end

-- A header whose name says that its value is a key is hidden, too, where a script wrote it as text.
function keys.hide_headers(given)
  for name, value in pairs(given or {}) do
    if type(value) == "string" and secret.is_name(name) then
      hide_value(value)
      if name:lower() == "cookie" then
        hide_cookies(value)
      end
    end
  end
end

-- The same in what a body holds beside the question: { api_key = "..." }, and headers that a server is to send. Those
-- in seen were looked through: a table may stand in many places, or in itself.
function keys.hide_fields(fields, seen)
  seen = seen or {}
  for name, value in pairs(fields or {}) do
    if type(value) == "table" and not seen[value] then
      seen[value] = true
      keys.hide_fields(value, seen)
    elseif type(value) == "string" and secret.is_field(tostring(name)) then
      hide_value(value)
    end
  end
end

-- Whether a key goes with each request.
function keys.are_sent(parts, headers)
  for _, header in ipairs(headers) do
    if type(header) == "table" or secret.is_name(name_of(header)) then
      return true
    end
  end
  return parts.secrets[1] ~= nil
end

-- Whether a key would leave this machine in clear text.
function keys.is_exposed(parts, headers)
  return not parts.secure and not address.is_loopback(parts.host) and keys.are_sent(parts, headers)
end

return keys
