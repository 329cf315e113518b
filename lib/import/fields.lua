-- Fields of a decoded JSON object, or of a row of a table, that know which of them were asked for.
local fit = require "import.fit"
local json = require "core.json"

local fields = {}
fields.__index = fields

function fields.new(object, path)
  return setmetatable({ object = object, path = path, asked = {} }, fields)
end

-- The value, nil for null and for what is not there.
function fields:get(name)
  self.asked[name] = true
  local value = self.object[name]
  if value == json.null then
    return nil
  end
  return value
end

-- As get, where it has that type; nil otherwise, and then it counts as not understood.
local function typed(self, name, fits)
  local value = self:get(name)
  if value ~= nil and not fits(value) then
    self.asked[name] = nil
    return nil
  end
  return value
end

function fields:number(name)
  return typed(self, name, function(value)
    return math.type(value) ~= nil
  end)
end

-- As number, where it is whole.
function fields:count(name)
  local value = typed(self, name, function(value)
    return fit.count(value) ~= nil
  end)
  return fit.count(value)
end

function fields:text(name)
  return typed(self, name, function(value)
    return type(value) == "string"
  end)
end

function fields:table(name)
  return typed(self, name, function(value)
    return type(value) == "table"
  end)
end

-- The objects of a list, as fields; what is none is left out and named.
function fields:objects(name, document)
  local list = {}
  for _, value in ipairs(self:table(name) or {}) do
    if type(value) == "table" then
      list[#list + 1] = fields.new(value, name)
    else
      document:leave("what is no object in " .. name)
    end
  end
  return list
end

-- An object below, which must be asked for itself: { } where there is none.
function fields:below(name)
  return fields.new(self:table(name) or {}, self.path and self.path .. "." .. name or name)
end

-- Names that nobody asked for, sorted, as they would be written from the top of the file; nulls do not count.
function fields:rest()
  local names = {}
  for name, value in pairs(self.object) do
    if not self.asked[name] and value ~= json.null then
      names[#names + 1] = (self.path and self.path .. "." or "") .. tostring(name)
    end
  end
  table.sort(names)
  return names
end

-- Tells the document what nobody asked for.
function fields:leave_rest(run)
  for _, name in ipairs(self:rest()) do
    run:leave(name)
  end
end

return fields
