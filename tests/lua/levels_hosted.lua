-- luacheck: globals it same
-- Where the level of what has few values changes: of shares, which are of so many requests, and of two in turn.
local levels = require "trend.levels"
local lists = require "bench.lists"

local N = 40 -- requests of a run

local function shares(hits)
  return lists.map(hits, function(failed) return { value = 100 * failed / N, hits = failed, n = N } end)
end

it("calls it no other level of errors where a run has one or two more of them", function()
  same({}, (levels.of(shares { 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 2, 1, 0, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0 })))
  same({}, (levels.of(shares { 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0, 2, 0, 1, 1, 0 })))
end)

it("finds one that many requests tell apart, also behind one that they did not", function()
  same({ 9 }, (levels.of(shares { 0, 0, 0, 0, 0, 0, 0, 0, 9, 7, 8, 10, 6, 8, 9, 7 })))
  same({ 13 }, (levels.of(shares { 0, 0, 1, 0, 0, 0, 1, 1, 0, 2, 1, 1, 9, 7, 8, 10, 6, 8, 9, 7, 8, 8 })))
end)

it("takes two values that take turns for one level, however long they stay at one", function()
  local values = { 16, 16, 16, 17, 16, 16, 16, 16, 16, 17, 16, 16, 17, 17, 17, 17, 16, 17, 17, 17, 17, 16, 16, 16, 17,
    17, 17, 16, 17, 16 }
  same({}, (levels.of(lists.map(values, function(value) return { value = value } end))))
end)
