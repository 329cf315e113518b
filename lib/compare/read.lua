-- What one side did, out of the database in one pass over its requests: its groups (call, label, phase).
local embedded = require "core.embedded"
local reduce = require "compare.reduce"
local store = require "core.store"

local read = {}

local function sql(name)
  return embedded.text("db/compare/" .. name .. ".sql")
end

-- The rows of db/compare/NAME.sql.
function read.rows(name, ...)
  return store.query(sql(name), ...)
end

-- number of a phase -> { name, dropped }: what stands for it in another run (its label and arrivals, and which one of
-- these it is), and how many of its arrivals were turned away, of whatever backend they would have asked.
local function phases_of(run)
  local phases, seen = {}, {}
  for _, row in ipairs(store.query("SELECT * FROM phases WHERE run = ?1 ORDER BY phase", run)) do
    local words = {}
    words[#words + 1] = row.label
    words[#words + 1] = row.arrivals
    local name = #words > 0 and table.concat(words, ", ") or row.kind or "phase"
    seen[name] = (seen[name] or 0) + 1
    phases[row.phase] = { name = seen[name] > 1 and ("%s %d"):format(name, seen[name]) or name, dropped = row.dropped }
  end
  return phases
end

local function key_of(call, label, phase)
  return ("%s\0%s\0%s"):format(call, label or "", phase or "")
end

-- side: { run, backend }; by: "label" or "prompt". A list of groups in the order of their first requests, as
-- lib/compare/reduce.lua makes them, each with key, call, label, phase (words); and the same by key.
function read.groups(side, by)
  local phases, list, by_place = phases_of(side.run), {}, {}
  store.each(sql "requests", { side.run, side.backend }, function(row)
    local place = key_of(row.call, row.label, row.phase)
    local group = by_place[place]
    if not group then
      local phase = row.phase and (phases[row.phase] or { name = "phase " .. row.phase }) or {}
      group = reduce.new { call = row.call, label = row.label, phase = phase.name, by = by,
        dropped = phase.dropped or 0, key = key_of(row.call, row.label, phase.name) }
      list[#list + 1], by_place[place] = group, group
    end
    reduce.add(group, row)
  end)
  local by_key = {}
  for _, group in ipairs(list) do
    reduce.finish(group)
    by_key[group.key] = group
  end
  return list, by_key
end

return read
