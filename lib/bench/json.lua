-- JSON, exact: keys sorted bytewise, whole numbers whole, doubles as short as they read back the same,
-- arrays that stay arrays, null that stays null. The same value is the same bytes on every machine.
local core = require "core.json"
local misuse = require "bench.misuse"

local json = { null = core.null }

local default_size = 64 * 1024 * 1024 -- bytes
local default_depth = 128

-- Marks a table as a list, so that an empty one is []; gives it back.
function json.array(list)
  misuse.check("json.array's argument", list, "table", "nil")
  return setmetatable(list or {}, core.array_mt)
end

-- nil, message when the text is no JSON. Objects and lists are tables, null is json.null.
function json.decode(text)
  misuse.check("json.decode's argument", text, "string")
  return core.decode(text)
end

local writer = {}
writer.__index = writer

-- "extra.logit_bias", or "the value" at the top.
function writer:place()
  if self.depth == 0 then
    return "the value"
  end
  local parts = {}
  for level = 1, self.depth do
    local key = self.path[level]
    if type(key) == "number" then
      parts[level] = ("[%d]"):format(key)
    else
      parts[level] = (level > 1 and "." or "") .. key
    end
  end
  return table.concat(parts)
end

function writer:refuse(format, ...)
  error({ json = self:place() .. ": " .. format:format(...) }, 0)
end

function writer:put(text)
  self.size = self.size + #text
  if self.size > self.max_size then
    self:refuse("more than %d bytes of JSON", self.max_size)
  end
  self.count = self.count + 1
  self.parts[self.count] = text
end

function writer:text(text)
  local ok, quoted = pcall(core.string, text)
  if not ok then
    self:refuse("%s", quoted)
  end
  self:put(quoted)
end

function writer:number(number)
  if number ~= number or number == math.huge or number == -math.huge then
    self:refuse("%s cannot be JSON", tostring(number))
  end
  self:put(core.number(number))
end

function writer:enter(key)
  if self.depth == self.max_depth then
    self:refuse("nested deeper than %d", self.max_depth)
  end
  self.depth = self.depth + 1
  self.path[self.depth] = key
end

function writer:leave()
  self.path[self.depth] = nil
  self.depth = self.depth - 1
end

-- Counts the keys of a table: all of them, whole numbers among them, texts among them.
function writer:keys(value)
  local all, whole, texts = 0, 0, 0
  for key in next, value do
    all = all + 1
    if math.type(key) == "integer" then
      whole = whole + 1
    elseif type(key) == "string" then
      texts = texts + 1
    else
      self:refuse("a %s cannot be a key in JSON", math.type(key) == "float" and "fraction" or type(key))
    end
  end
  if whole > 0 and texts > 0 then
    self:refuse("a table with both texts and numbers as keys cannot be JSON")
  end
  return all, whole
end

local function is_sequence(value, count)
  for index = 1, count do
    if rawget(value, index) == nil then
      return false
    end
  end
  return true
end

-- A list, or an object whose keys are numbers ({ [15043] = -100 } is {"15043":-100}); a list with
-- holes is neither.
function writer:is_list(value)
  local all, whole = self:keys(value)
  local marked = core.is_array(value)
  if all == 0 then
    return marked, 0
  end
  if whole == all and is_sequence(value, all) then
    return true, all
  end
  if marked or (whole > 0 and rawget(value, 1) ~= nil) then
    self:refuse("a list with holes or names in it cannot be JSON")
  end
  return false, all
end

function writer:list(value, count)
  self:put("[")
  for index = 1, count do
    if index > 1 then
      self:put(",")
    end
    self:enter(index)
    self:value(rawget(value, index))
    self:leave()
  end
  self:put("]")
end

function writer:object(value)
  local names, values = {}, {}
  for key, item in next, value do
    local name = type(key) == "string" and key or core.number(key)
    names[#names + 1] = name
    values[name] = item
  end
  table.sort(names)
  self:put("{")
  for index, name in ipairs(names) do
    if index > 1 then
      self:put(",")
    end
    self:enter(name)
    self:text(name)
    self:put(":")
    self:value(values[name])
    self:leave()
  end
  self:put("}")
end

function writer:table(value)
  if self.open[value] then
    self:refuse("a table that contains itself cannot be JSON")
  end
  self.open[value] = true
  local is_list, count = self:is_list(value)
  if is_list then
    self:list(value, count)
  else
    self:object(value)
  end
  self.open[value] = nil
end

function writer:value(value)
  local kind = type(value)
  if kind == "table" then
    self:table(value)
  elseif kind == "string" then
    self:text(value)
  elseif kind == "number" then
    self:number(value)
  elseif kind == "boolean" then
    self:put(tostring(value))
  elseif value == core.null then
    self:put("null")
  else
    self:refuse("a %s cannot be JSON", kind)
  end
end

-- The JSON text, or nil and a message that names the field.
function json.try_encode(value, limits)
  limits = limits or {}
  local state = setmetatable({
    parts = {}, count = 0, size = 0, path = {}, depth = 0, open = {},
    max_size = limits.max_size or default_size,
    max_depth = limits.max_depth or default_depth,
  }, writer)
  local ok, problem = pcall(state.value, state, value)
  if ok then
    return table.concat(state.parts)
  end
  if type(problem) == "table" and problem.json then
    return nil, problem.json
  end
  error(problem, 0)
end

-- The JSON text; what cannot be JSON is an error that names the field and the script's line.
function json.encode(value, limits)
  local text, problem = json.try_encode(value, limits)
  if not text then
    misuse.raise("%s", problem)
  end
  return text
end

return json
