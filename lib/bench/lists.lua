-- What many files do with lists, and with tables by name.
local lists = {}

-- What f gives for each item.
function lists.map(list, f)
  local mapped = {}
  for index, item in ipairs(list) do
    mapped[index] = f(item)
  end
  return mapped
end

-- The field of this name of each item, which all of them have.
function lists.column(list, name)
  local values = {}
  for index, item in ipairs(list) do
    values[index] = item[name]
  end
  return values
end

-- The items of which holds(item) is true.
function lists.filter(list, holds)
  local kept = {}
  for _, item in ipairs(list) do
    kept[#kept + 1] = holds(item) and item or nil
  end
  return kept
end

-- Adds the items of another list behind those of the first; gives it back.
function lists.append(list, more)
  return table.move(more, 1, #more, #list + 1, list)
end

-- Sorts the items, each of which stands in it once; those of which none comes before the other keep their order. Gives
-- the list back.
function lists.sort(list, is_before)
  local places = {}
  for place, item in ipairs(list) do
    places[item] = place
  end
  table.sort(list, function(a, b)
    return is_before(a, b) or not is_before(b, a) and places[a] < places[b]
  end)
  return list
end

-- Puts the fields of another table, or of nil, into the first; gives it back.
function lists.fill(into, from)
  for name, value in pairs(from or {}) do
    into[name] = value
  end
  return into
end

-- How many of the numbers from 1 to count `holds` is true of: of all up to one of them, and of none behind it.
function lists.bisect(count, holds)
  local low, high = 0, count
  while low < high do
    local middle = (low + high + 1) // 2
    if holds(middle) then
      low = middle
    else
      high = middle - 1
    end
  end
  return low
end

-- The texts that are there, neither nil nor false, with another one between them; nil where none is.
function lists.joined(between, ...)
  local texts = {}
  for index = 1, select("#", ...) do
    texts[#texts + 1] = (select(index, ...)) or nil
  end
  return #texts > 0 and table.concat(texts, between) or nil
end

function lists.has(list, wanted)
  for _, item in ipairs(list) do
    if item == wanted then
      return true
    end
  end
  return false
end

-- The first item whose field of this name has that value, or nil.
function lists.find(list, name, value)
  for _, item in ipairs(list) do
    if item[name] == value then
      return item
    end
  end
end

-- The name, or with the first number behind it that makes it none of those taken (a set).
function lists.free(name, taken, between)
  local found, number = name, 1
  while taken[found] do
    number = number + 1
    found = name .. between .. number
  end
  return found
end

-- item -> true
function lists.set(list)
  local set = {}
  for _, item in ipairs(list) do
    set[item] = true
  end
  return set
end

-- The keys of a table, or of two, each once, sorted: pairs gives another order in each process.
function lists.names(by_name, more)
  local names = {}
  for name in pairs(by_name) do
    names[#names + 1] = name
  end
  for name in pairs(more or {}) do
    names[#names + 1] = rawget(by_name, name) == nil and name or nil
  end
  table.sort(names)
  return names
end

-- Items for which key_of gives the same, as lists, each with `key`, in the order in which the keys come first. Of
-- which it gives nil are left out.
function lists.groups(list, key_of)
  local groups, by_key = {}, {}
  for _, item in ipairs(list) do
    local key = key_of(item)
    if key ~= nil and not by_key[key] then
      by_key[key] = { key = key }
      groups[#groups + 1] = by_key[key]
    end
    if key ~= nil then
      table.insert(by_key[key], item)
    end
  end
  return groups
end

return lists
