-- What a tool was told may hold keys; they are not kept.
local safe = {}

local HIDDEN = "[secret]"

local names = { "api[_-]?key", "authorization", "password", "secret", "access[_-]?token", "^headers?$", "_headers?$",
  "^header_" }

local function is_secret(name)
  local lower = name:lower()
  for _, pattern in ipairs(names) do
    if lower:find(pattern) then
      return true
    end
  end
  return false
end

-- --api-key X, --header "Authorization: Bearer X", sk-...
local function without_keys(text)
  local shown = text:gsub("(%-%-?[%w-]*[Aa][Pp][Ii][-_][Kk][Ee][Yy][ =])('?)[^%s']+", "%1%2" .. HIDDEN)
  shown = shown:gsub("([Bb][Ee][Aa][Rr][Ee][Rr]%s+)[^%s'\"]+", "%1" .. HIDDEN)
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
    if type(name) == "string" and is_secret(name) then
      copy[name] = HIDDEN
    else
      copy[name] = safe.copy(inner)
    end
  end
  return copy
end

return safe
