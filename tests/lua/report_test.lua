require "core_fake"
local fit = require "report.fit"
local groups = require "report.groups"
local number = require "report.number"
local own = require "report.own"
local sheet = require "report.sheet"
local spark = require "trend.spark"
local svg = require "report.svg"
local tables = require "report.table"
local text = require "report.text"
local when = require "report.when"

local function printed(rows, format)
  local parts = {}
  sheet.print(rows, format, function(part)
    parts[#parts + 1] = part
  end)
  return table.concat(parts)
end

describe("numbers", function()
  it("have the decimals of the smallest of their row, within five digits of the largest", function()
    assert.equal(1, number.decimals { 41.2, 88.3 })
    assert.equal(2, number.decimals { 4.21, 9.02 })
    assert.equal(1, number.decimals { 1009.5, 10.25 })
    assert.equal(0, number.decimals { 64, 211 })
    assert.equal(3, number.decimals { 0.0123 })
    assert.equal(0, number.decimals({ nil, nil }, 2))
    assert.equal(1, number.decimals({ nil, 41.2 }, 2))
  end)
  it("are a dash where there is none", function()
    assert.equal("–", number.fixed(nil, 2))
    assert.equal("–", number.fixed(0 / 0, 2))
    assert.equal("–", number.short(nil))
    assert.equal("0", number.short(0))
  end)
  it("are no less than nothing where their digits say nothing", function()
    assert.same({ "0.000", "0", "-0.001", "-10.0" }, { number.fixed(-0.0004, 3), number.fixed(-0.4, 0),
      number.fixed(-0.0006, 3), number.fixed(-10, 1) })
  end)
  it("are no zero where they are none, alone or beside a large one", function()
    assert.same({ "0.00015", "-0.00040", "0.00000010", "1e-12", "0", "0.050" }, { number.short(0.00015),
      number.short(-0.0004), number.short(1e-7), number.short(1e-12), number.short(-0.0), number.short(0.05) })
    assert.same({ "0.456", "0.00020", "-0.00020", "0.00", "–" }, { number.visible(0.456, 0), number.visible(0.0002, 2),
      number.visible(-0.0002, 2), number.visible(0, 2), number.visible(nil, 2) })
  end)
  it("are grouped, and shortened as people write them", function()
    assert.equal("2,544", number.grouped(2544))
    assert.equal("1,234,567", number.grouped(1234567))
    assert.equal("999", number.grouped(999))
    assert.equal("494M", number.count_of_parameters(494032768))
    assert.equal("1.5B", number.count_of_parameters(1540000000))
    assert.equal("1B", number.count_of_parameters(999900000))
    assert.equal("999M", number.count_of_parameters(999400000))
    assert.is_nil(number.count_of_parameters(nil))
    assert.same({ "500 µs", "1.00 ms", "41.5 ms", "1.00 s" }, { number.duration(0.0005), number.duration(0.001),
      number.duration(0.0415), number.duration(1) })
    assert.equal("1.90 s", number.duration(1.9))
    assert.equal("2 min 0 s", number.duration(120))
    assert.equal("2 min 5 s", number.duration(125.3))
    assert.equal("1e+300", number.short(1e300))
  end)
end)

describe("a series", function()
  it("is bars between its lowest and its highest, and flat where it hardly varies", function()
    assert.equal("▁▅█", spark.line { 400, 700, 1000 })
    assert.equal("▅▄", spark.line { 100, 99 })
    assert.equal("▅▅", spark.line { 0, 0 })
    assert.equal("", spark.line { 5 })
  end)
end)

describe("a table", function()
  it("lines numbers up on their point", function()
    local lines = tables.lines({ { title = "name" }, { title = "n", point = true } },
      { { "a", "1.5" }, { "b", "10" }, { "c", "–" }, { "d", "-0.25" } })
    assert.same({
      "name      n",
      "a      1.5",
      "b     10",
      "c      –",
      "d     -0.25",
    }, lines)
  end)
end)

describe("the labels of one backend", function()
  it("are columns where one has a number or an error: a cold start alone is none", function()
    local function row(label, outcome)
      return { backend = "x", call = "chat", label = label, outcome = outcome, n = 1, metric = "ttft" }
    end
    local document = { backends = { { backend = "x" } }, labels = { "a", "cold", "b" }, summary = { row "a" },
      counts = { row("a", "ok"), row("cold", "ok"), row("b", "failed") } }
    local list = groups.of(document, { ttft = true })
    assert.same({ 1, { "a", "b" }, true }, { #list, list[1].names, list[1].has_labels })
  end)
end)

describe("numbers of a script", function()
  it("stand by backend and label as these first came, wherever their rows are", function()
    local function row(backend, label, n)
      return { metric = "mine", backend = backend, label = label, n = n, p50 = 1 }
    end
    local document = { run = { imported = 0 }, phases = {}, checks = {}, labels = { "first", "second" }, summary = {
      row("x", "second", 1), { metric = "ttft" }, row("y", "first", 2), row("x", "first", 3), row(nil, nil, 4) } }
    local order = {}
    own.print({ heading = function() end, table = function(_, _, rows)
      for i, cells in ipairs(rows) do
        order[i] = cells[3] .. " " .. cells[4]
      end
    end }, document)
    assert.same({ "x first 3", "x second 1", "y first 2", " 4" }, order)
  end)
end)

describe("a terminal", function()
  local function rows()
    return { { seq = 1, flags = "cached,coalesced", e2e = 12.5, answer = ("x"):rep(90) },
      { seq = 2, flags = "", e2e = 1234, answer = "short" }, columns = { "seq", "flags", "e2e", "answer" } }
  end

  it("that is narrow gets fewer columns, and the last one cut to what is left", function()
    local sheet_of = rows()
    assert.same({}, fit.narrow(sheet_of, { "flags" }, 80))
    assert.same({ "seq", "flags", "e2e", "answer" }, sheet_of.columns)
    assert.equal(("x"):rep(48) .. "…", sheet_of[1].answer)
    assert.same({ "flags" }, fit.narrow(sheet_of, { "flags" }, 40))
    assert.same({ "seq", "e2e", "answer" }, sheet_of.columns)
    for _, line in ipairs(tables.lines(sheet.cells(sheet_of))) do
      assert.is_true(utf8.len(line) <= 40)
    end
    assert.equal("short", sheet_of[2].answer)
  end)

  it("cuts one column as far as the others leave it no room", function()
    local function cut(most)
      local lines = { { "1", ("x"):rep(30), "simulated" }, { "2", "short", "" } }
      local fits = fit.cut({ { title = "run" }, { title = "label" }, { title = "" } }, lines, { 2 }, most)
      return lines[1][2], lines[2][2], fits
    end
    assert.equal(("x"):rep(30), (cut(nil)))
    assert.equal(("x"):rep(30), (cut(46)))
    local label, short = cut(40)
    assert.equal(("x"):rep(23) .. "…", label)
    assert.equal("short", short)
    assert.same({ ("x"):rep(9) .. "…", "short", true }, { cut(26) })
    assert.same({ ("x"):rep(30), "short", false }, { cut(25) })
  end)

  it("gets rows beside each other where a table would be too wide, and no pipe does", function()
    local function print_in(columns)
      local parts = {}
      fit.print({ { a = 1, long = "x" }, { a = 22, long = "yyyyyyyyyy" }, columns = { "a", "long" } }, columns,
        function(part)
          parts[#parts + 1] = part
        end)
      return table.concat(parts)
    end
    assert.equal(" a  long\n 1  x\n22  yyyyyyyyyy\n", print_in(nil))
    assert.equal(print_in(nil), print_in(14))
    assert.equal("a     1\nlong  x\n\na     22\nlong  yyyyyyyyyy\n", print_in(13))
    local parts = {}
    fit.print({ { one = 1.5, three = "x", five = 2, seven = 4 }, { one = 2.25, three = "y", five = 3, seven = 5 },
      columns = { "one", "three", "five", "seven" } }, 18, function(part) parts[#parts + 1] = part end)
    assert.equal("one    1.50  2.25\nthree  x     y\nfive   2     3\nseven  4     5\n", table.concat(parts))
  end)
end)

describe("text", function()
  it("is one line that cannot steer a terminal", function()
    assert.equal("a b\u{FFFD}[31mc", text.line("a\r\n\tb\27[31mc"))
    assert.equal("\u{FFFD}x", text.line("\u{9B}x"))
    assert.equal("天空", text.line("天空"))
  end)
  it("is cut and wrapped", function()
    assert.equal("abc…", text.cut("abcdef", 4))
    assert.equal("abcd", text.cut("abcd", 4))
    assert.equal("! one two\n  three\n", text.wrap("one two three", "! ", "  ", 10))
    assert.equal("differs by\n10 % here\n", text.wrap("differs by 10 % here", "", "", 13))
    assert.equal("  averylongword\n  b\n", text.wrap("averylongword b", "  ", "  ", 10))
  end)
  it("is broken at each character of Chinese, but before none that closes and after none that opens", function()
    assert.equal("天空为\n什么是\n蓝？\n", text.wrap("天空为什么是蓝？", "", "", 3))
    assert.equal("天空\n蓝。\n", text.wrap("天空蓝。", "", "", 3))
    assert.equal("问 llama-server\n（甲）\n", text.wrap("问 llama-server（甲）", "", "", 14))
    assert.equal("天空\n(蓝\n色)\n", text.wrap("天空(蓝色)", "", "", 3))
    assert.equal("短 的\n", text.wrap("短 的", "", "", 10))
  end)
end)

describe("a sheet", function()
  it("is a table in Markdown", function()
    local two = { { a = "x|y", n = 2 }, columns = { "a", "n" } }
    assert.equal("| a | n |\n| --- | ---: |\n| x\\|y | 2 |\n", printed(two, "md"))
  end)
end)

-- What is written along the two axes, and where the points are.
local function drawn(points, x_end)
  local page = svg.charts { title = "t", x_title = "x", x_end = x_end, series = { { name = "a", points = points } } }
  local marks, places = { middle = {}, ["end"] = {} }, {}
  for axis, words in page:gmatch 'text%-anchor="(%l+)">([%d.]+)<' do
    table.insert(marks[axis], words)
  end
  for x, y in page:gmatch '<circle cx="([%d.]+)" cy="([%d.]+)"' do
    places[#places + 1] = x .. "," .. y
  end
  return table.concat(marks.middle, " "), table.concat(marks["end"], " "), table.concat(places, " ")
end

describe("a chart", function()
  it("has axes from 0 to the first round mark that no value is beyond", function()
    assert.same({ "0 2 4 6 8", "0 20 40 60 80 100", "64.0,258.0 627.5,39.5" }, { drawn { { 0, 0 }, { 7, 95 } } })
    assert.same({ "0 20 40 60 80 100", "0 0.0005 0.001 0.0015 0.002", "225.0,28.0" }, { drawn({ { 25, 0.002 } }, 100) })
    assert.same({ "0 1", "0 1", "64.0,258.0" }, { drawn { { 0, 0 } } })
  end)
end)

describe("a time", function()
  it("is read from UTC", function()
    assert.equal(0, when.of_utc "1970-01-01T00:00:00.000Z")
    assert.equal(951827696.5, when.of_utc "2000-02-29T12:34:56.500Z")
    assert.is_nil(when.of_utc "2000-02-29")
  end)
  it("may bring its zone", function()
    assert.equal(1792890000, when.read "2026-10-25T01:00:00Z")
    assert.equal(1792890000, when.read "2026-10-25T03:00+02:00")
    assert.equal(1792890000, when.read "2026-10-24 18:30:00-06:30")
    assert.equal(1792972800, when.read "2026-10-25T23:59:60Z")
    for _, wrong in ipairs { "2026-10-25T24:00Z", "2026-10-25T23:60Z", "2026-10-25T23:59:61Z" } do
      assert.is_nil(when.read(wrong))
    end
    local seconds, message = when.read "2026-10-25T01:00X"
    assert.is_nil(seconds)
    assert.truthy(message:find "no zone")
  end)
  it("is shown by its day, as far as that is near", function()
    local now = os.time { year = 2026, month = 11, day = 25, hour = 0, min = 10 }
    assert.equal("today 00:00", when.shown(now - 600, now))
    assert.equal("yesterday 23:59", when.shown(now - 601, now))
    assert.equal("yesterday 00:00", when.shown(now - 600 - 86400, now))
    assert.equal("Mon 23 Nov 23:59", when.shown(now - 601 - 86400, now))
    assert.equal("Mon 23 Nov 08:01", when.shown(now - 2 * 86400 + 8 * 3600 - 540, now))
    assert.equal("Thu 5 Nov 08:01", when.shown(now - 20 * 86400 + 8 * 3600 - 540, now))
    assert.equal("2025-11-25 00:10", when.shown(now - 365 * 86400, now))
  end)
  it("may be a span before now", function()
    assert.equal(-7200, when.read "2h")
  end)
  it("is refused in words", function()
    for _, word in ipairs { "yesterday", "2026-13-01", "2026-01-01T25:00", "2026-01-01x" } do
      local seconds, message = when.read(word)
      assert.is_nil(seconds)
      assert.truthy(message:find "is no time")
    end
  end)
end)
