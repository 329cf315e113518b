-- Which requests stand in one table: those of one call, label and load, a column for each backend; where there is
-- one backend, its labels beside each other.
local lists = require "bench.lists"
local text = require "report.text"

local groups = {}

local function key_of(row)
  return ("%s\0%s\0%s"):format(row.call, row.label or "", row.phase or "")
end

-- label -> its place among the labels of a run, by the first request of each.
function groups.label_places(document)
  local places = {}
  for place, label in ipairs(document.labels) do
    places[label] = place
  end
  return places
end

-- Loads in the order in which they began; in each the labels as they first came in the run, whatever came first there.
local function sort(document, list)
  local places = groups.label_places(document)
  lists.sort(list, function(a, b)
    if a.phase ~= b.phase then
      return (a.phase or 0) < (b.phase or 0)
    end
    return (places[a.label] or 0) < (places[b.label] or 0)
  end)
end

local function add(into, name)
  if not into.backends[name] then
    into.backends[name] = { metrics = {}, finished = 0, failed = 0 }
  end
  return into.backends[name]
end

-- Arrivals that were turned away asked nobody: they are errors of everyone in their load.
local function add_dropped(document, list)
  local dropped = {}
  for _, row in ipairs(document.counts) do
    if row.outcome == "dropped" and row.phase then
      dropped[row.phase] = (dropped[row.phase] or 0) + row.n
    end
  end
  for _, group in ipairs(list) do
    for _, entry in pairs(group.backends) do
      entry.finished = entry.finished + (dropped[group.phase] or 0)
      entry.failed = entry.failed + (dropped[group.phase] or 0)
    end
  end
end

-- List of { call, label, phase, backends = { name = { metrics = { name = row of run_summary }, finished, failed } } }.
-- known: the metrics that are taken.
local function by_label(document, known)
  local list, by_key = {}, {}
  local function group(row)
    local key = key_of(row)
    if not by_key[key] then
      by_key[key] = { call = row.call, label = row.label, phase = row.phase, backends = {} }
      list[#list + 1] = by_key[key]
    end
    return add(by_key[key], row.backend)
  end
  for _, row in ipairs(document.counts) do
    if row.backend and row.outcome ~= "cancelled" and row.outcome ~= "incomplete" then
      local entry = group(row)
      entry.finished = entry.finished + row.n
      entry.failed = entry.failed + (row.outcome == "ok" and 0 or row.n)
    end
  end
  for _, row in ipairs(document.summary) do
    if row.backend and row.call and known[row.metric] then
      group(row).metrics[row.metric] = row
    end
  end
  add_dropped(document, list)
  sort(document, list)
  return list
end

local function backends_of(document, group)
  return lists.filter(lists.column(document.backends, "backend"), function(name) return group.backends[name] end)
end

-- Groups that differ in nothing but the label, as one. Cold starts alone are no column.
local function merge(list)
  local merged, by_key = {}, {}
  for _, group in ipairs(list) do
    local _, entry = next(group.backends)
    local key = ("%s\0%s"):format(group.call, group.phase or "")
    local into = by_key[key]
      or { call = group.call, phase = group.phase, label = group.label, backends = {}, names = {} }
    if next(entry.metrics) or entry.failed > 0 then
      local name = lists.free(group.label and text.line(group.label) or "no label", into.backends, " ")
      into.names[#into.names + 1], into.backends[name] = name, entry
      merged[#merged + 1] = not by_key[key] and into or nil
      by_key[key] = into
    end
  end
  return merged
end

-- A label alone is no column's name: that is the backend's.
local function name_columns(document, group)
  group.has_labels = #group.names > 1
  if not group.has_labels then
    local name = document.backends[1].backend
    group.names, group.backends = { name }, { [name] = group.backends[group.names[1]] }
  end
end

-- The same list with `names`, the columns in their order; has_labels where these are labels.
function groups.of(document, known)
  local list = by_label(document, known)
  if #document.backends == 1 then
    list = merge(list)
  end
  for _, group in ipairs(list) do
    if #document.backends == 1 then
      name_columns(document, group)
    else
      group.names = backends_of(document, group)
    end
  end
  return list
end

return groups
