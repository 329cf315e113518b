-- Runs as one HTML page that needs nothing else: the page of each run as `bench show` has it, and charts.
local ask = require "report.ask"
local core_text = require "core.text"
local html_page = require "report.html_page"
local lists = require "bench.lists"
local metrics = require "bench.metrics"
local run = require "report.run"
local show = require "report.show"
local svg = require "report.svg"

local html = {}

local MOST_POINTS = 2000 -- of one series; of more, one out of each stretch of as many

local STYLE = [[
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h1 small { float: right; font-weight: normal; opacity: .7; } h2 { font-size: 1.1rem; }
table { display: block; overflow-x: auto; border-collapse: collapse; margin: .8rem 0; }
th, td { padding: .15rem .8rem; text-align: left; }
th { border-bottom: 1px solid #8888; } .number { text-align: right; font-variant-numeric: tabular-nums; }
.notice { border-left: 3px solid #e69f00; padding-left: .6rem; } .good { color: #009e73; } .bad { color: #d55e00; }
pre { margin: 0; font-size: .85em; overflow-x: auto; } figure { margin: 1.5rem 0; } svg { width: 100%; height: auto; }
svg text { font-size: 12px; fill: currentColor; } svg .title { font-weight: bold; } .grid { stroke: #8884; }
.legend i { display: inline-block; width: .8em; height: .8em; margin-right: .3em; }
.legend span { margin-right: 1.2em; }
section { border-top: 1px solid #8888; }
]]

local function points_of(number, backend)
  return ask.columns("report/points", number, backend):sorted "at_s"
end

local function over_time(subject, column)
  local points = {}
  for i, rows in ipairs(subject.requests:where(column):cut(MOST_POINTS)) do
    points[i] = { rows:first "at_s", rows:first(column) }
  end
  return { { name = subject.name, points = points } }
end

local percents = {}
for percent = 0, 100 do
  percents[percent + 1] = percent / 100
end

-- "sim turn 1 TTFT p50", "sim embed 5/s"
local function name_of(backend, call, ...)
  return lists.joined(" ", backend, call ~= "chat" and call, ...)
end

-- Which share (in %) took no longer, of what is one thing: a call, a label, a load.
local function distributions(subject, column)
  return lists.map(subject.requests:where(column):groups("call", "label", "load"), function(rows)
    local points = {}
    for i, value in ipairs(rows:count() > 1 and rows:quantiles(column, percents) or {}) do
      points[i] = { 100 * percents[i], value }
    end
    return { points = points, name = name_of(subject.name, rows:first "call", rows:first "label", rows:first "load") }
  end)
end

-- The requests of each backend of each run.
local function subjects_of(runs)
  local subjects = {}
  for _, number in ipairs(runs) do
    for _, backend in ipairs(run.backends(number)) do
      local name = #runs > 1 and ("run %d %s"):format(number, backend.backend) or backend.backend
      subjects[#subjects + 1] = { name = name, requests = points_of(number, backend.backend) }
    end
  end
  return subjects
end

local function add_charts(write, title, x_title, subjects, make, column, given)
  local series = {}
  for _, subject in ipairs(subjects) do
    lists.append(series, make(subject, column))
  end
  write(svg.charts { title = title, x_title = x_title, lines = given.lines, x_end = given.x_end, series = series })
end

-- Load against latency, where a run had several loads.
local function add_loads(write, runs)
  for _, number in ipairs(runs) do
    local by_line = lists.groups(ask.rows("report/loads", number), function(row)
      return name_of(row.backend, row.call, row.label, metrics.find(row.metric).title .. " p50")
    end)
    local of_several = lists.filter(by_line, function(rows) return #rows > 1 end)
    local series = lists.map(of_several, function(rows)
      return { name = rows.key, points = lists.map(rows, function(row) return { row.rate, row.p50 } end) }
    end)
    if #series > 0 then
      write(svg.charts { title = ("Load against latency, run %d (ms)"):format(number), lines = true,
        x_title = "requests per second", series = series })
    end
  end
end

local function print_charts(runs, write)
  local subjects = subjects_of(runs)
  add_loads(write, runs)
  local dots, curve = {}, { lines = true, x_end = 100 }
  add_charts(write, "Time to first token (ms)", "start, seconds into the run", subjects, over_time, "ttft_ms", dots)
  add_charts(write, "Time to first token (ms): how many took no longer", "% of requests", subjects, distributions,
    "ttft_ms", curve)
  add_charts(write, "Time per output token (ms): how many took no longer", "% of requests", subjects, distributions,
    "tpot_ms", curve)
  add_charts(write, "End to end (ms)", "start, seconds into the run", subjects, over_time, "e2e_ms", dots)
  add_charts(write, "End to end (ms): how many took no longer", "% of requests", subjects, distributions, "e2e_ms",
    curve)
end

local function title_of(runs)
  return core_text.clean(table.concat(lists.map(runs, function(number)
    return ("%s, run %d"):format(ask.row("report/run", number).scenario, number)
  end), "; "))
end

function html.print(runs, write_as_it_is)
  local function write(words)
    write_as_it_is(core_text.shown(words))
  end
  write('<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    .. '<meta name="viewport" content="width=device-width, initial-scale=1">\n')
  write(("<title>%s</title>\n<style>\n%s</style>\n</head>\n<body>\n"):format(html_page.escape(title_of(runs)), STYLE))
  for _, number in ipairs(runs) do
    write "<section>\n"
    show.page(number, html_page.new(write))
    write "</section>\n"
  end
  write "<section>\n<h2>Charts</h2>\n"
  print_charts(runs, write)
  write "</section>\n</body>\n</html>\n"
end

return html
