-- luacheck: globals it same refused
-- Rows in the forms that programs read: of a list, and of a query, whose rows never become tables.
local sheet = require "report.sheet"

local SQL = [[
  WITH row (a, b, c) AS (
    VALUES (1, '=1+1', -1.5), (123456789, 'x,"y"
z', 1e999), (NULL, '-2', 1e15), (9007199254740993, '天' || char(127, 9, 1), 0.1 + 0.2))
  SELECT * FROM row]]

local rows = {
  { a = 1, b = "=1+1", c = -1.5 },
  { a = 123456789, b = "x,\"y\"\nz", c = 0 / 0 },
  { a = nil, b = "-2", c = 1e15 },
  { a = 9007199254740993, b = "天\127\t\1", c = 0.1 + 0.2 },
  columns = { "a", "b", "c" },
}

-- What print(..., write) writes.
local function written(print, ...)
  local parts, arguments = {}, table.pack(...)
  arguments[arguments.n + 1] = function(part)
    parts[#parts + 1] = part
  end
  print(table.unpack(arguments, 1, arguments.n + 1))
  return table.concat(parts)
end

local function same_of_both(expected, format)
  same(expected, written(sheet.print, rows, format))
  same(expected, written(sheet.print_query, SQL, {}, format))
end

it("are csv that no spreadsheet takes for a formula", function()
  same_of_both('a,b,c\n1,\'=1+1,-1.5\n123456789,"x,""y""\nz",\n,\'-2,1000000000000000\n'
    .. "9007199254740993,天\127\t\1,0.30000000000000004\n", "csv")
end)

it("are csv whose quotes end no cell, nor does a CR", function()
  local quoted = { { a = '"q"' }, { a = 'q"' }, { a = "q\rq" }, { a = "q q" }, columns = { "a" } }
  same('a\n"""q"""\n"q"""\n"q\rq"\nq q\n', written(sheet.print, quoted, "csv"))
end)

it("are strict json, with null for what does not exist", function()
  same_of_both('[{"a":1,"b":"=1+1","c":-1.5},\n{"a":123456789,"b":"x,\\"y\\"\\nz","c":null},\n'
    .. '{"a":null,"b":"-2","c":1000000000000000},\n'
    .. '{"a":9007199254740993,"b":"天\127\\t\\u0001","c":0.30000000000000004}]\n', "json")
  same("[]\n", written(sheet.print, { columns = { "a" } }, "json"))
  same("[]\n", written(sheet.print_query, "SELECT 1 AS a WHERE 0", {}, "json"))
end)

it("are one object a line", function()
  same('{"a":null}\n{"a":0.5}\n', written(sheet.print, { {}, { a = 0.5 }, columns = { "a" } }, "jsonl"))
  same('{"a":null}\n{"a":0.5}\n', written(sheet.print_query, "SELECT NULL AS a UNION ALL SELECT 0.5", {}, "jsonl"))
  same("", written(sheet.print_query, "SELECT 1 WHERE 0", {}, "jsonl"))
end)

local COUNT = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) SELECT i FROM n"
local FOREVER = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"

it("come in pieces where there are many, and each once", function()
  local pieces = {}
  sheet.print_query(COUNT, { 50000 }, "csv", function(piece)
    pieces[#pieces + 1] = piece
  end)
  same(true, #pieces > 3)
  local n, is_whole = 0, true
  for line in table.concat(pieces):gmatch "[^\n]+" do
    is_whole = is_whole and line == (n == 0 and "i" or ("%d"):format(n))
    n = n + 1
  end
  same({ 50001, true }, { n, is_whole })
end)

-- How many rows each table has, and what is written between them.
local function tables_of(sql, parameters, answer)
  local counts, between = {}, {}
  sheet.print_tables(sql, parameters, function(words)
    between[#between + 1] = words
  end, function(found)
    counts[#counts + 1] = #found
    same({ "i" }, found.columns)
    return answer
  end)
  return counts, table.concat(between)
end

it("come in tables of bounded size, one also without any", function()
  same({ { 10000, 10000, 1 }, "\n\n" }, { tables_of(COUNT, { 20001 }) })
  same({ { 10000 }, "" }, { tables_of(COUNT, { 10000 }) })
  same({ { 0 }, "" }, { tables_of("SELECT 1 AS i WHERE 0", {}) })
  same({ {}, "" }, { tables_of("-- nothing", {}) })
end)

it("end where nobody reads on", function()
  same({ { 10000 }, "" }, { tables_of(FOREVER, {}, false) })
  local pieces = 0
  sheet.print_query(FOREVER, {}, "csv", function()
    pieces = pieces + 1
    return false
  end)
  same(true, pieces <= 2) -- and what stands behind the last
end)

it("raise before anything is written, and raise again what their reader raised", function()
  local pieces = 0
  local done = pcall(sheet.print_query, "SELECT percentile(1, 200)", {}, "json", function()
    pieces = pieces + 1
  end)
  same({ false, 0 }, { done, pieces })
  local taken, message = pcall(sheet.print_query, SQL, {}, "csv", function()
    error("no more room", 0)
  end)
  same({ false, "no more room" }, { taken, message })
end)
