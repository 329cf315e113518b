-- What a tool was told may hold keys; they are not kept.
local secret = require "core.secret"

local safe = {}

local HIDDEN = "[secret]"

-- Where a tool keeps the headers that it sent.
local function holds_headers(name)
  local lower = name:lower()
  return lower:find "^headers?$" or lower:find "_headers?$" or lower:find "^header_"
end

-- "api_keys" and "API_KEY_2", too. A number is no secret: ms_per_token.
local function hides(name, value)
  local is_text = type(value) == "string" and not tonumber(value)
  return secret.is_field(name:match "^(.-)[%d_-]*$") or is_text and secret.is_name(name) or holds_headers(name)
end

-- text, where `pattern` finds a name, what stands between, and a value: without the values of names that are secret.
local function without_values(text, pattern, is_secret)
  return (text:gsub(pattern, function(name, between, value)
    return is_secret(name) and not tonumber(value) and name .. between .. HIDDEN or nil
  end))
end

local function is_of_query(name)
  return secret.is_query_name(name:sub(2))
end

-- --api-key X, "X-Api-Key: X", "Authorization: Basic X", API_KEY=X, http://user:X@host/?key=X, sk-...
local function without_keys(text)
  local shown = text:gsub("([Bb][Ee][Aa][Rr][Ee][Rr]%s+)[^%s'\"]+", "%1" .. HIDDEN)
  shown = shown:gsub("([Aa]uthorization[:=] ?%a+%s+)[^%s'\"]+", "%1" .. HIDDEN)
  shown = without_values(shown, "(%-%-?[%w_-]+)([ =]['\"]?)([^%s'\"]+)", secret.is_name)
  shown = without_values(shown, "([%w_-]+)([:=] ?)([^%s'\"&#]+)", secret.is_field)
  shown = without_values(shown, "([?&][^%s=&]+)(=)([^%s'\"&#]+)", is_of_query)
  shown = shown:gsub("://[^%s/@]+@", "://" .. HIDDEN .. "@")
  return (shown:gsub("%f[%w]sk%-[%w_-]+", HIDDEN))
end

-- A copy of a decoded JSON value without them.
function safe.copy(value)
  if type(value) == "string" then
    return without_keys(value)
  elseif type(value) ~= "table" then
    return value
  end
  local copy = setmetatable({}, getmetatable(value))
  for name, inner in pairs(value) do
    copy[name] = type(name) == "string" and hides(name, inner) and HIDDEN or safe.copy(inner)
  end
  return copy
end

return safe
