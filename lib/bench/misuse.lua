-- Wrong use of the API: an error that names the line of the script, not one of ours.
local lists = require "bench.lists"
local source = require "core.source"
local text = require "core.text"

local misuse = {}

-- ". Did you mean NAME?" or "".
function misuse.near(word, known)
  local nearest = type(word) == "string" and (text.nearest(word, known) or text.nearest(word:lower(), known))
  return nearest and (". Did you mean " .. nearest .. "?") or ""
end

-- The same, or the names themselves where none is near.
function misuse.near_or_all(word, known)
  local near = misuse.near(word, known)
  return near ~= "" and near or #known == 0 and " (there are none)"
    or (" (there are: %s)"):format(table.concat(known, ", "))
end

-- A programming error of the script: ends the run (exit 3) unless the script catches it.
function misuse.raise(format, ...)
  error(source.where() .. format:format(...), 0)
end

-- Wrong usage, found before anything was measured: exit 2. It is remembered, so that a pcall of the
-- script cannot make a refused run look like one that was done.
local refused
local refusal_meta = { __tostring = function(refusal) return refusal.usage or refusal.unreached end }

function misuse.refuse(message)
  error(misuse.remember(message), 0)
end

-- bench.refuse: the script says why it cannot do what the user asked for.
function misuse.refuse_text(message)
  misuse.refuse(misuse.check("what bench.refuse says", message, "string"))
end

-- Nobody is there to be asked: the run ends as one that reached nobody, also where the script catches it.
function misuse.end_unreached()
  refused = refused or setmetatable({ unreached = "nobody is there to be asked" }, refusal_meta)
  error(refused, 0)
end

-- What misuse.refuse raises; the first refusal stays.
function misuse.remember(message)
  refused = refused or setmetatable({ usage = message }, refusal_meta)
  return refused
end

-- The same, with the script's line in front.
function misuse.refuse_here(format, ...)
  misuse.refuse(source.where() .. format:format(...))
end

function misuse.refused()
  return refused
end

-- "a table", "nil": what was given, where only its type matters.
function misuse.kind(value)
  return value == nil and "nil" or "a " .. type(value)
end

-- Raises unless value has one of the types; "nil" may be the first of them.
function misuse.check(what, value, ...)
  local kind = type(value)
  for index = 1, select("#", ...) do
    if kind == (select(index, ...)) then
      return value
    end
  end
  local wanted = table.concat({ ... }, " or a "):gsub("^nil or a ", "")
  misuse.raise("%s must be a %s, not %s", what, wanted, misuse.kind(value))
end

-- The function, which refuses more arguments than it knows what to do with: Lua drops them in silence. called: its
-- name as scripts write it, "object:name" where it is a method; `most` is without the object.
function misuse.takes(called, most, f)
  local objects = called:find(":", 1, true) and 1 or 0
  local words = most == 0 and "no argument" or most == 1 and "one argument" or most .. " arguments"
  return function(...)
    local count = select("#", ...) - objects
    if count > most then
      misuse.raise("%s takes %s, not %d", called, words, count)
    end
    return f(...)
  end
end

local longest_name = 200 -- characters

-- Raises where a text cannot be the name of a row or a column: it is too long, or ends in mid-text for SQL and C.
function misuse.check_name(what, value)
  if value:find("\0", 1, true) then
    misuse.raise("%s stands in tables: no NUL byte can be in it", what)
  end
  if #value > longest_name and text.characters(value) > longest_name then
    misuse.raise("%s stands in tables: %d characters at most, not %d", what, longest_name, text.characters(value))
  end
  return value
end

-- Calls a function of Lua's own that calls nothing of the script's: what it complains of is the script's line.
function misuse.lend(f, ...)
  local went, result = pcall(f, ...)
  if not went then
    misuse.raise("%s", result)
  end
  return result
end

-- A key of a list that is no place in it, or nil.
local function stray_key(list)
  for key in pairs(list) do
    if math.type(key) ~= "integer" or key < 1 or key > #list then
      return key
    end
  end
end

-- Raises where a list has a key that would be left out in silence; `what` says that it is a list.
function misuse.check_keys(what, list)
  local key = stray_key(list)
  if key ~= nil then
    misuse.raise("%s; %s is a key of it", what, misuse.name(key))
  end
end

-- Refuses what is no list, and one with a key or a nil in it: the key, or what is behind the nil, would be left out in
-- silence. nil is an empty one.
function misuse.check_list(what, list, form)
  if list == nil then
    return {}
  elseif type(list) ~= "table" then
    misuse.refuse_here("%s is a list, %s, not %s", what, form, misuse.kind(list))
  end
  local key = stray_key(list)
  if key ~= nil then
    misuse.refuse_here("%s is a list, %s; %s is a key of it", what, form, misuse.name(key))
  end
  for index = 1, #list do
    if list[index] == nil then
      misuse.refuse_here("%s is a list, %s; number %d of it is nil", what, form, index)
    end
  end
  return list
end

-- What was given, where its value matters.
function misuse.shown(value)
  if type(value) == "string" then
    return ("the text %q"):format(value)
  elseif value ~= value then
    return "NaN"
  end
  return (type(value) == "number" or type(value) == "boolean") and tostring(value) or misuse.kind(value)
end

-- A name as it is written; what is none as misuse.shown has it.
function misuse.name(value)
  return type(value) == "string" and value or misuse.shown(value)
end

-- '"a", "b" or "c"'.
function misuse.either(choices)
  return ('"%s" or "%s"'):format(table.concat(choices, '", "', 1, #choices - 1), choices[#choices])
end

-- Raises unless value is one of these texts, of which there are several.
function misuse.choice(what, value, choices)
  if not lists.has(choices, value) then
    misuse.raise("%s is %s, not %s%s", what, misuse.either(choices), misuse.shown(value), misuse.near(value, choices))
  end
  return value
end

-- Raises unless value is a whole number of at least that; `what` names it. Returns it as an integer.
function misuse.whole(what, value, least)
  local number = type(value) == "number" and math.tointeger(value)
  if not number or number < least then
    misuse.raise("%s must be a whole number of at least %d, not %s", what, least, misuse.shown(value))
  end
  return number
end

-- Raises where a table of options holds a name that is not in the list.
function misuse.check_names(what, given, names)
  for name in pairs(given) do
    if math.type(name) == "integer" then
      misuse.raise("%s: each entry has a name, as %s = ...; entry %d has none", what, names[1], name)
    elseif not lists.has(names, name) then
      misuse.raise("%s has no option %s%s", what, misuse.name(name), misuse.near_or_all(name, names))
    end
  end
end

return misuse
