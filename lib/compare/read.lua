-- What one side did: its requests, read once, and their groups (call, label, phase).
local ask = require "report.ask"
local lists = require "bench.lists"
local reduce = require "compare.reduce"

local read = {}

-- Rows of requests.sql (core.columns) of a side { run, backend }, in their order.
function read.requests(side)
  return ask.columns("compare/requests", side.run, side.backend):sorted "seq"
end

-- number of a phase -> { name, dropped }: what stands for it in another run (its label and arrivals, and which one of
-- these it is), and which of its arrivals (seq) were turned away, of whatever backend they would have asked.
local function phases_of(side)
  local phases, seen = {}, {}
  for _, row in ipairs(ask.rows("compare/phases", side.run)) do
    local name = lists.joined(", ", row.label, row.arrivals ~= row.label and row.arrivals) or "phase"
    seen[name] = (seen[name] or 0) + 1
    phases[row.phase] = { name = seen[name] > 1 and ("%s %d"):format(name, seen[name]) or name, dropped = {} }
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
