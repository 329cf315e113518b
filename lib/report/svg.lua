-- Charts as SVG that needs nothing else: points or lines over two axes.
local html_page = require "report.html_page"

local svg = {}

local WIDTH, HEIGHT = 720, 300
local LEFT, RIGHT, TOP, BOTTOM = 64, 12, 28, 42
local STEPS = 5
local MOST = 4 -- charts of one thing

-- Told apart by people who see fewer colours, too (Okabe and Ito).
local colours = { "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6d31", "#7f7f7f" }

-- The nearest 1, 2 or 5 times a power of ten that is not below.
local function round_up(value)
  local power = 10 ^ math.floor(math.log(value, 10))
  for _, factor in ipairs { 1, 2, 5 } do
    if value <= factor * power * (1 + 1e-9) then
      return factor * power
    end
  end
  return 10 * power
end

-- An axis from 0 that holds `largest`: its end and the distance of its marks.
local function axis(largest)
  if largest <= 0 then
    return 1, 1
  end
  local step = round_up(largest / STEPS)
  return math.ceil(largest / step - 1e-9) * step, step
end

local function largest_of(series, place)
  local largest = 0
  for _, one in ipairs(series) do
    for _, point in ipairs(one.points) do
      largest = math.max(largest, point[place])
    end
  end
  return largest
end

local function shown(value)
  return ("%.6g"):format(value)
end

local function label(x, y, words, anchor, more)
  return ('<text x="%.1f" y="%.1f" text-anchor="%s"%s>%s</text>\n'):format(x, y, anchor, more or "",
    html_page.escape(words))
end

local function frame(chart)
  local parts = {}
  for value = 0, chart.x_end * (1 + 1e-9), chart.x_step do
    parts[#parts + 1] = ('<line class="grid" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>'):format(chart.x(value),
      chart.x(value), TOP, HEIGHT - BOTTOM)
    parts[#parts + 1] = label(chart.x(value), HEIGHT - BOTTOM + 16, shown(value), "middle")
  end
  for value = 0, chart.y_end * (1 + 1e-9), chart.y_step do
    parts[#parts + 1] = ('<line class="grid" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/>'):format(LEFT, WIDTH - RIGHT,
      chart.y(value), chart.y(value))
    parts[#parts + 1] = label(LEFT - 6, chart.y(value) + 4, shown(value), "end")
  end
  parts[#parts + 1] = label((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, chart.x_title, "middle")
  parts[#parts + 1] = label(LEFT, TOP - 12, chart.title, "start", ' class="title"')
  return table.concat(parts)
end

local function points_of(chart, one, colour)
  local parts = { ('<g fill="%s" fill-opacity="0.7">'):format(colour) }
  for _, point in ipairs(one.points) do
    parts[#parts + 1] = ('<circle cx="%.1f" cy="%.1f" r="2.5"/>'):format(chart.x(point[1]), chart.y(point[2]))
  end
  return table.concat(parts) .. "</g>\n"
end

local function line_of(chart, one, colour)
  local parts = {}
  for i, point in ipairs(one.points) do
    parts[i] = ("%.1f,%.1f"):format(chart.x(point[1]), chart.y(point[2]))
  end
  return ('<polyline fill="none" stroke="%s" stroke-width="2" points="%s"/>\n'):format(colour,
    table.concat(parts, " "))
end

local function legend(series)
  local parts = {}
  for i, one in ipairs(series) do
    parts[i] = ('<span><i style="background:%s"></i>%s</span>'):format(colours[i],
      html_page.escape(one.name))
  end
  return '<p class="legend">' .. table.concat(parts, " ") .. "</p>\n"
end

local function figure(given, series)
  local chart = { title = given.title, x_title = given.x_title }
  chart.x_end, chart.x_step = axis(given.x_end or largest_of(series, 1))
  chart.y_end, chart.y_step = axis(largest_of(series, 2))
  chart.x = function(value)
    return LEFT + (WIDTH - LEFT - RIGHT) * value / chart.x_end
  end
  chart.y = function(value)
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / chart.y_end
  end
  local parts = { ('<figure><svg viewBox="0 0 %d %d" role="img" aria-label="%s">\n'):format(WIDTH, HEIGHT,
    html_page.escape(given.title)), frame(chart) }
  for i, one in ipairs(series) do
    parts[#parts + 1] = (given.lines and line_of or points_of)(chart, one, colours[i])
  end
  return table.concat(parts) .. "</svg>\n" .. legend(series) .. "</figure>\n"
end

-- given: { title, x_title, lines = true | nil, series = list of { name, points = list of { x, y } } }; x and y from 0.
-- As many charts as it takes for each series to have a colour of its own in its chart, but MOST.
function svg.charts(given)
  local series, charts = {}, {}
  for _, one in ipairs(given.series) do
    series[#series + 1] = #one.points > 0 and one or nil
  end
  local drawn = math.min(#series, MOST * #colours)
  for from = 1, drawn, #colours do
    charts[#charts + 1] = figure(given, table.move(series, from, math.min(drawn, from + #colours - 1), 1, {}))
  end
  charts[#charts + 1] = #series > drawn and ("<p>%s: %d more are not drawn; the tables have them.</p>\n"):format(
    html_page.escape(given.title), #series - drawn) or nil
  return table.concat(charts)
end

return svg
