-- What one side did: its requests, read once, and their groups (call, label, phase).
local ask = require "report.ask"
local lists = require "bench.lists"
local reduce = require "compare.reduce"

local read = {}

-- Rows of requests.sql (core.columns) of a side { run, backend }, in their order.
function read.requests(side)
  return ask.columns("compare/requests", side.run, side.backend):sorted "seq"
end

local function name_of(label, arrivals)
  return lists.joined(", ", label, arrivals ~= label and arrivals) or "phase"
end

-- number of a phase of a run -> { name, in_rounds }: what stands for it in another run, its label and arrivals, and
-- which one of these it is; and what does where it was made in rounds, whose later ones ("name 2") are the first, as
-- in db/compare/requests.sql.
function read.phases(run)
  local phases, seen, first = {}, {}, {}
  for _, row in ipairs(ask.rows("compare/phases", run)) do
    local name = name_of(row.label, row.arrivals)
    seen[name] = (seen[name] or 0) + 1
    local own = seen[name] > 1 and ("%s %d"):format(name, seen[name]) or name
    local before = row.label and row.label:match "^(.*) %d+$"
    first[name] = first[name] or before and first[name_of(before, row.arrivals)] or own
    phases[row.phase] = { name = own, in_rounds = first[name] }
  end
  return phases
end

-- The same of a side, each with dropped: which of its arrivals (seq) were turned away, of whatever backend they would
-- have asked.
local function phases_of(side)
  local phases = read.phases(side.run)
  for _, phase in pairs(phases) do
    phase.dropped = {}
  end
  for _, row in ipairs(ask.rows("compare/dropped", side.run, side.backend)) do
    table.insert(phases[row.phase].dropped, row.seq)
  end
  return phases
end

local function key_of(call, label, phase)
  return ("%s\0%s\0%s"):format(call, label or "", phase or "")
end

-- requests of a side; by: "label" or "prompt". A list of groups in the order of their first requests, as
-- lib/compare/reduce.lua makes them, each with key, call, label, phase (words), dropped; and the same by key.
function read.groups(side, requests, by)
  local phases, list, by_key = phases_of(side), {}, {}
  for i, rows in ipairs(requests:groups("call", "label", "phase")) do
    local number = rows:first "phase"
    local phase = number and (phases[number] or { name = "phase " .. number }) or {}
    local dropped = phase.dropped or {}
    local group = reduce.group(rows, by, dropped)
    group.call, group.label, group.phase = rows:first "call", rows:first "label", phase.name
    group.dropped, group.key = #dropped, key_of(group.call, group.label, phase.name)
    list[i], by_key[group.key] = group, group
  end
  return list, by_key
end

return read
