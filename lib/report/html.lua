-- Runs as one HTML page that needs nothing else: the page of each run as `bench show` has it, and charts.
local ask = require "report.ask"
local core_text = require "core.text"
local html_page = require "report.html_page"
local lists = require "bench.lists"
local run = require "report.run"
local show = require "report.show"
local svg = require "report.svg"

local html = {}

local MOST_POINTS = 2000 -- of one series; of more, one out of each stretch of as many

local STYLE = [[
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h1 small { float: right; font-weight: normal; opacity: .7; } h2 { font-size: 1.1rem; }
table { border-collapse: collapse; margin: .8rem 0; } th, td { padding: .15rem .8rem; text-align: left; }
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

local function over_time(name, requests, column)
  local points = {}
  for i, rows in ipairs(requests:where(column):cut(MOST_POINTS)) do
    points[i] = { rows:first "at_s", rows:first(column) }
  end
  return { name = name, points = points }
end

local percents = {}
for percent = 0, 100 do
  percents[percent + 1] = percent / 100
end

-- Which share (in %) took no longer.
local function distribution(name, requests, column)
  local points = {}
  if requests:count(column) > 1 then
    for i, value in ipairs(requests:quantiles(column, percents)) do
      points[i] = { 100 * percents[i], value }
    end
  end
  return { name = name, points = points }
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

local function add_chart(write, title, x_title, subjects, make, column, given)
  local chart = { title = title, x_title = x_title, lines = given.lines, x_end = given.x_end, series = {} }
  for i, subject in ipairs(subjects) do
    chart.series[i] = make(subject.name, subject.requests, column)
  end
  write(svg.chart(chart) or "")
end

-- "sim turn 1 ttft p50"
local function name_of_line(row)
  local words = { row.backend }
  words[#words + 1] = row.call ~= "chat" and row.call or nil
  words[#words + 1] = row.label
  words[#words + 1] = row.metric .. " p50"
  return table.concat(words, " ")
end

-- Load against latency, where a run had several loads.
local function add_loads(write, runs)
  for _, number in ipairs(runs) do
    local series = lists.map(lists.groups(ask.rows("report/loads", number), name_of_line), function(rows)
      return { name = rows.key, points = lists.map(rows, function(row) return { row.rate, row.p50 } end) }
    end)
    if series[1] and #series[1].points > 1 then
      write(svg.chart { title = ("Load against latency, run %d (ms)"):format(number), lines = true,
        x_title = "requests per second", series = series } or "")
    end
  end
end

local function print_charts(runs, write)
  local subjects = subjects_of(runs)
  add_loads(write, runs)
  local dots, curve = {}, { lines = true, x_end = 100 }
  add_chart(write, "Time to first token (ms)", "start, seconds into the run", subjects, over_time, "ttft_ms", dots)
  add_chart(write, "Time to first token (ms): how many took no longer", "% of requests", subjects, distribution,
    "ttft_ms", curve)
  add_chart(write, "Time per output token (ms): how many took no longer", "% of requests", subjects, distribution,
    "tpot_ms", curve)
  add_chart(write, "End to end (ms)", "start, seconds into the run", subjects, over_time, "e2e_ms", dots)
  add_chart(write, "End to end (ms): how many took no longer", "% of requests", subjects, distribution, "e2e_ms",
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
