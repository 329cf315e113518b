-- luacheck: globals it same
-- How SQLite goes about the questions of db/: what it reads to the end for each row grows with the square of a run.
local embedded = require "core.embedded"
local lists = require "bench.lists"
local store = require "core.store"

local FOLDERS = { "db/compare/", "db/queries/", "db/report/", "db/trend/" }
local SHORT = { counted = true, machine = true } -- a row a load, in queries/loads.sql; a row a machine

local function read_whole(path)
  local found = {}
  for _, row in ipairs(store.query("EXPLAIN QUERY PLAN " .. embedded.text(path))) do
    local name = row.detail:match "^SCAN ([%w_]+) LEFT%-JOIN"
    found[#found + 1] = name and not SHORT[name] and path .. ": " .. name or nil
  end
  return found
end

it("finds by an index what it joins to each row", function()
  local found = {}
  for _, folder in ipairs(FOLDERS) do
    for _, path in ipairs(embedded.list(folder)) do
      lists.append(found, read_whole(path))
    end
  end
  same({}, found)
end)

local function steps_of(name, pattern)
  local plan = store.query("EXPLAIN QUERY PLAN " .. embedded.text("db/" .. name .. ".sql"))
  return lists.filter(lists.column(plan, "detail"), function(step) return step:find(pattern) end)
end

it("goes from a request to its load, not from each load through all requests", function()
  same({ "SEARCH load USING AUTOMATIC COVERING INDEX (phase=?)" }, steps_of("queries/loads", "^SEARCH load "))
  for _, name in ipairs { "trend/errors", "compare/as_tool" } do
    local steps = steps_of(name, "^SEARCH phase ") -- two where the planner reads the rows of a WITH twice
    same({ "SEARCH phase USING INDEX sqlite_autoindex_phase_1 (run=? AND number=?) LEFT-JOIN" },
      lists.names(lists.set(steps)))
  end
end)
