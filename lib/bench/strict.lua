-- Tables whose unknown names are errors with a near miss, at the line of the script that read them.
local misuse = require "bench.misuse"

local strict = {}

local function names_of(known)
  local names = {}
  for name in pairs(known) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

local function metatable_of(what, optional)
  local meta = { __name = what, __metatable = false }
  function meta.__index(self, name)
    if optional[name] then
      return nil
    end
    local known = names_of(self)
    for _, other in ipairs(names_of(optional)) do
      known[#known + 1] = other
    end
    misuse.raise("%s has no %s%s", what, tostring(name), misuse.near(name, known))
  end
  return meta
end

-- Set of optional names -> what -> metatable: a reply should not cost one of its own.
local metatables = setmetatable({}, { __mode = "k" })
local none = {}

-- `what` names the table in messages. Names in `optional` (a set) may be absent: they read as nil.
function strict.table(what, values, optional)
  optional = optional or none
  local of_names = metatables[optional] or {}
  metatables[optional] = of_names
  of_names[what] = of_names[what] or metatable_of(what, optional)
  return setmetatable(values, of_names[what])
end

-- As strict.table, and nothing can be set.
function strict.sealed(what, values, optional)
  local inner = strict.table(what, values, optional)
  local meta = { __name = what, __metatable = false, __index = inner }
  function meta.__newindex(_, name)
    misuse.raise("%s.%s cannot be set", what, tostring(name))
  end
  function meta.__pairs()
    return next, values, nil
  end
  return setmetatable({}, meta)
end

return strict
