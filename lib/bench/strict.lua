-- Tables whose unknown names are errors with a near miss, at the line of the script that read them.
local core_json = require "core.json"
local lists = require "bench.lists"
local misuse = require "bench.misuse"

local strict = {}

local function refuse(what, name, known)
  misuse.raise("%s has no %s%s", what, tostring(name), misuse.near_or_all(name, known))
end

local function metatable_of(what, optional, shown)
  local meta = { __name = what, __metatable = false, __tostring = shown }
  function meta.__index(self, name)
    if optional[name] then
      return nil
    end
    refuse(what, name, lists.names(self, optional))
  end
  return meta
end

-- Set of optional names -> what -> metatable: a reply should not cost one of its own.
local metatables = setmetatable({}, { __mode = "k" })
local none = {}

-- `what` names the table in messages. Names in `optional` (a set) may be absent: they read as nil. shown: what tostring
-- makes of such a table, or nil.
function strict.table(what, values, optional, shown)
  optional = optional or none
  local of_names = metatables[optional] or {}
  metatables[optional] = of_names
  of_names[what] = of_names[what] or metatable_of(what, optional, shown)
  return setmetatable(values, of_names[what])
end

-- The metatable of tables whose values are made when they are first looked at: `readers` is name -> function of what
-- sources[table] holds. Who goes through such a table, in Lua or to write it as JSON, finds all of them.
function strict.lazy(what, readers, sources)
  local meta = { __name = what, __metatable = false }
  function meta.__index(self, name)
    local read = readers[name]
    if not read then
      refuse(what, name, lists.names(readers))
    end
    local value = read(sources[self])
    self[name] = value
    return value
  end
  local function fill(self)
    for name in next, readers do
      local _ = self[name]
    end
  end
  function meta.__pairs(self)
    fill(self)
    return next, self, nil
  end
  core_json.fill_first(meta, fill)
  return meta
end

local function refuse_to_set(what, name)
  misuse.raise("%s.%s cannot be set", what, tostring(name))
end

-- The metatable of objects that hold their values in a table of their own, object[behind]: those of `names` (a set),
-- which may be absent, can be read, and methods called; nothing can be set.
function strict.sealed_over(what, behind, names, methods)
  local meta = { __name = what, __metatable = false }
  function meta.__index(self, name)
    if names[name] then
      return self[behind][name]
    end
    return methods[name] or refuse(what, name, lists.names(names, methods))
  end
  function meta.__newindex(_, name)
    refuse_to_set(what, name)
  end
  function meta.__pairs(self)
    local shown = {}
    for _, name in ipairs(lists.names(names, methods)) do
      shown[name] = self[name]
    end
    return next, shown, nil
  end
  return meta
end

-- As strict.table, and nothing can be set.
function strict.sealed(what, values, optional)
  local inner = strict.table(what, values, optional)
  local meta = { __name = what, __metatable = false, __index = inner }
  function meta.__newindex(_, name)
    refuse_to_set(what, name)
  end
  function meta.__pairs()
    return next, values, nil
  end
  return setmetatable({}, meta)
end

return strict
