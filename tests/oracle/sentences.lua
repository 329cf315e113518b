-- Promises: each row that should be there, and no other.
local cjson = require "cjson"
local figures = require "figures"
local outside = require "outside"
local promises = require "promises"
local raw = require "raw"

local function slos_of(script)
  local list = {}
  for text in script:gmatch "slo = ({[^}]*})" do
    list[#list + 1] = load("return " .. text)()
  end
  return list
end

-- Labels are "load 1" and so on in the order in which they stand in the script.
local function expected(context)
  local found = context.found
  local list = promises.expected(found, cjson.decode(found.run.expect or "[]"))
  local slos = slos_of(context.made.script)
  for number, row in pairs(found.phases) do
    local more = promises.expected(found, slos[tonumber(row.label:match "%d+")], number)
    table.move(more, 1, #more, #list + 1, list)
  end
  return list
end

local function key_of(row, name)
  return promises.key_of(row.phase, name, row.label) .. "|" .. row.sentence
end

local function words(row)
  return ("%s %s %s"):format(row.value, row.kept, row.verdict)
end

return function(context)
  local got = {}
  local sql = "SELECT promise.*, backend.name FROM promise LEFT JOIN backend ON backend.run = promise.run"
    .. " AND backend.number = promise.backend WHERE promise.run = "
  for _, row in ipairs(raw.rows(context.database, sql .. context.run)) do
    local key = key_of(row, row.name)
    got[key] = got[key] or {}
    table.insert(got[key], row)
  end
  local wanted = {}
  for _, row in ipairs(expected(context)) do
    local key = key_of(row, row.backend)
    wanted[key] = wanted[key] or { count = 0, row = row }
    wanted[key].count = wanted[key].count + 1
  end
  for key, want in pairs(wanted) do
    local rows = got[key] or {}
    outside.check(#rows == want.count, "seed %d: promise %s: %d rows, not %d (%s)", context.seed, key, #rows,
      want.count, words(want.row))
    for _, row in ipairs(rows) do
      local slack = 2e-6 * (1 + math.abs(row.value or 0)) -- an slo is judged from times that are not rounded
      local is_same = figures.same(row.value, want.row.value, slack) and row.kept == want.row.kept
      outside.check(is_same and row.verdict == want.row.verdict, "seed %d: promise %s: %s, the oracle says %s",
        context.seed, key, words(row), words(want.row))
    end
    got[key] = nil
  end
  for key, rows in pairs(got) do
    outside.check(false, "seed %d: promise %s: nobody expects it: %s", context.seed, key, words(rows[1]))
  end
end
