-- luacheck: globals it same refused
-- core.store.columns: rows of a query, kept by columns.
local store = require "core.store"

local SQL = [[
  WITH asked (seq, word, value) AS (
    VALUES (3, 'b', 2.5), (1, 'a', 1), (2, 'b', NULL), (4, NULL, 10), (5, 'a', 1))
  SELECT seq, word, value, NULL AS none FROM asked]]

local function seqs(rows)
  local list = {}
  for i, one in ipairs(rows:cut(math.max(1, rows:count()))) do
    list[i] = one:first "seq"
  end
  return list
end

it("counts, adds and takes the first", function()
  local rows = store.columns(SQL)
  same({ 5, 4, 0 }, { rows:count(), rows:count "value", rows:count "none" })
  same({ 14.5, nil }, { rows:sum "value", rows:sum "none" })
  same({ 3, "b", 2.5, nil }, { rows:first "seq", rows:first "word", rows:first "value", rows:first "none" })
  same({ a = 2, b = 2 }, rows:tally "word")
  same({}, rows:tally "none")
end)

it("chooses rows by a value, and knows what nobody has", function()
  local rows = store.columns(SQL):sorted "seq"
  same({ 1, 2, 3, 4, 5 }, seqs(rows))
  same({ 2, 3 }, seqs(rows:where("word", "b")))
  same({ 1, 4, 5 }, seqs(rows:without("word", "b")))
  same({ 1, 5 }, seqs(rows:where("value", 1)))
  same({ 1, 3, 4, 5 }, seqs(rows:where "value"))
  same({ {}, { 1, 2, 3, 4, 5 } }, { seqs(rows:where("word", "z")), seqs(rows:without("word", "z")) })
  same({ {}, {} }, { seqs(rows:where("none", "z")), seqs(rows:where "none") })
  same({ 4, 3, 1 }, { rows:sorted("value"):cut(5)[4]:first "seq", rows:sorted("value"):cut(5)[3]:first "seq",
    rows:sorted("value"):first "seq" })
end)

it("groups by several columns, nothing being a value too", function()
  local groups = store.columns(SQL):sorted("seq"):groups("word", "value")
  local list = {}
  for i, rows in ipairs(groups) do
    list[i] = seqs(rows)
  end
  same({ { 1, 5 }, { 2 }, { 3 }, { 4 } }, list)
  same(1, #store.columns(SQL):groups "none")
  same({}, store.columns(SQL .. " WHERE seq > 9"):groups("word"))
end)

it("cuts into parts of equal size and finds their quantiles", function()
  local rows = store.columns(SQL):sorted "seq"
  local parts = rows:cut(2)
  same({ { 1, 2 }, { 3, 4, 5 } }, { seqs(parts[1]), seqs(parts[2]) })
  same({ 1.0, 1.75, 10.0 }, rows:quantiles("value", { 0, 0.5, 1 }))
  same(nil, rows:quantiles("none", { 0.5 }))
  local many = {}
  for i = 0, 20 do
    many[i + 1] = i / 20
  end
  local found = rows:quantiles("value", many)
  for i, p in ipairs(many) do
    same(rows:quantiles("value", { p })[1], found[i])
  end
end)

it("refuses what makes no sense", function()
  local rows = store.columns(SQL)
  refused("no column x", rows.count, rows, "x")
  refused("numbers and words", store.columns, "SELECT 1 AS a UNION ALL SELECT 'b'")
  refused("between 0 and 1", rows.quantiles, rows, "value", { 2 })
  refused("must be above 0", rows.cut, rows, 0)
  refused("must hold words", rows.tally, rows, "seq")
  refused("no statement", store.columns, " ")
  refused("no such table", store.columns, "SELECT * FROM nowhere")
end)
