-- The numbers of a run: tables as report.groups has them.
local client_error = require "report.client_error"
local fit = require "report.fit"
local groups = require "report.groups"
local lists = require "bench.lists"
local loads = require "report.loads"
local number = require "report.number"
local support = require "report.support"
local text = require "report.text"

local numbers = {}

local MOST_COLUMNS = 4
local P95_FROM, P99_FROM = support.least.p95, support.least.p99

-- metric of run_summary, how a row is called, its unit, and whether its tail matters.
local metrics = {
  { metric = "ttft", name = "TTFT", unit = "ms", tail = true },
  { metric = "ttft_sched", name = "  from schedule", unit = "ms", tail = true },
  { metric = "tpot", name = "TPOT", unit = "ms", tail = true, only_tail = true },
  { metric = "decode_tps", name = "decode", unit = "tok/s" },
  { metric = "server_decode_tps", name = "  its own clock", unit = "tok/s" },
  { metric = "e2e", name = "end to end", unit = "ms", tail = true },
  { metric = "e2e_sched", name = "  from schedule", unit = "ms", tail = true },
  { metric = "tokens", name = "output", unit = "tokens" },
  { metric = "chars_per_s", name = "answer", unit = "chars/s" },
}

-- Metrics that the tables show, and those that are left to SQL: no other is bench's own.
numbers.known = { prompt_tokens = true, tokens_per_s = true, server_prefill_tps = true, server_load = true,
  server_queue = true, server_prefill = true, connect = true, ttfc = true, itl = true, icl = true,
  wait = true }
for _, row in ipairs(metrics) do
  numbers.known[row.metric] = true
end

-- Values of one statistic for each backend that has `least` values; nil where nobody has enough for a row.
local function values_of(group, metric, statistic, least, enough)
  local values, any = {}, false
  for i, name in ipairs(group.names) do
    local row = group.backends[name].metrics[metric]
    if row and row.n >= least then
      values[i] = row[statistic]
      any = any or values[i] ~= nil and row.n >= enough
    end
  end
  return any and values or nil
end

-- ms become s when all are long.
function numbers.scaled(values, count, unit)
  if unit ~= "ms" then
    return values, unit
  end
  local seconds = {}
  for i = 1, count do
    if values[i] and values[i] < 1000 then
      return values, unit
    end
    seconds[i] = values[i] and values[i] / 1000
  end
  return seconds, "s"
end

local function ratio(values)
  local a, b = values[1], values[2]
  if a and b and a ~= 0 then
    return ("%.2f"):format(b / a)
  end
  return number.none
end

-- Labels are other work, and no second is measured against the first.
local function has_ratio(group)
  return #group.names == 2 and not group.has_labels
end

local function are_whole(values, count)
  for i = 1, count do
    if values[i] and values[i] % 1 ~= 0 then
      return false
    end
  end
  return true
end

-- own_error: as report.client_error gives it; a time has no digits that it does not allow, a count of tokens none.
local function add_row(rows, group, name, unit, values, own_error)
  local count = #group.names
  local most = client_error.decimals(own_error, unit:match "^%S+")
  if unit == "tokens" and are_whole(values, count) then
    most = 0
  end
  local decimals = number.decimals(values, count, most)
  local row = { name, unit }
  for i = 1, count do
    row[i + 2] = number.fixed(values[i], decimals)
  end
  if has_ratio(group) then
    row[count + 3] = ratio(values)
  end
  rows[#rows + 1] = row
end

local function add_metric(rows, group, metric, own_error)
  local statistics = { { "p50", 1 } }
  if metric.tail then
    statistics = { { "p50", 1 }, { "p95", P95_FROM }, { "p99", P99_FROM } }
  end
  for _, statistic in ipairs(statistics) do
    local least = statistic[2]
    local enough = metric.only_tail and math.max(least, P95_FROM) or least
    local values = values_of(group, metric.metric, statistic[1], least, enough)
    if values then
      local shown, unit = numbers.scaled(values, #group.names, metric.unit)
      local word = metric.tail and ("%-2s %s"):format(unit, statistic[1]) or unit
      add_row(rows, group, metric.name, word, shown, own_error)
    end
  end
end

local function add_errors(rows, group)
  local values, any = {}, false
  for i, name in ipairs(group.names) do
    local entry = group.backends[name]
    values[i] = entry.finished > 0 and 100 * entry.failed / entry.finished or nil
    any = any or entry.failed > 0
  end
  if any then
    add_row(rows, group, "errors", "%", values)
  end
end

local function columns_of(group)
  local columns = { { title = "" }, { title = "" } }
  for _, name in ipairs(group.names) do
    columns[#columns + 1] = { title = name, right = true }
  end
  if has_ratio(group) then
    columns[#columns + 1] = { title = group.names[2] .. " / " .. group.names[1], right = true }
  end
  return columns
end

-- One row for each backend where there are too many for columns.
local function turned(columns, rows, names)
  local across, down = { { title = "" } }, {}
  for _, row in ipairs(rows) do
    across[#across + 1] = { title = (row[1]:gsub("^%s+", "") .. " " .. row[2]):gsub("%s+", " "), point = true }
  end
  for i, name in ipairs(names) do
    down[i] = { name }
    for r, row in ipairs(rows) do
      down[i][r + 1] = row[i + 2]
    end
  end
  return across, down, columns
end

local function group_title(group, document)
  local phase = group.phase and lists.find(document.phases, "phase", group.phase)
  return lists.joined(", ", group.call .. (group.has_labels and " by label" or ""),
    group.label and not group.has_labels and "label " .. text.line(group.label),
    phase and ("phase %d %s"):format(phase.phase, text.line(phase.label or phase.arrivals or "")))
end

-- How many values the column with the most has.
local function most_values(group)
  local most = 0
  for _, name in ipairs(group.names) do
    local row = group.backends[name].metrics.e2e
    most = math.max(most, row and row.n or 0)
  end
  return most
end

-- Cold starts alone make no table, and so no heading.
local function print_group(page, document, group, alone)
  local rows = {}
  for _, metric in ipairs(metrics) do
    add_metric(rows, group, metric, document.client_error)
  end
  add_errors(rows, group)
  if #rows == 0 then
    return
  end
  if alone then
    page:line()
  else
    page:heading(group_title(group, document))
  end
  local columns = columns_of(group)
  if has_ratio(group) and fit.is_too_wide(columns, rows, page.columns and fit.columns()) then
    columns[#columns].title = "ratio"
  end
  if #group.names > MOST_COLUMNS or fit.is_too_wide(columns, rows, text.page) then
    columns, rows = turned(columns, rows, group.names)
  end
  fit.print_table(page, columns, rows)
  local most = most_values(group) -- of fewer than p90 needs a warning tells (report.rules)
  local missing = most >= support.least.p90 and support.missing(most, { "p95", "p99" })
  if missing then
    page:paragraph(missing)
  end
end

function numbers.print(page, document)
  local list = groups.of(document, numbers.known)
  for _, group in ipairs(list) do
    if not (group.phase and loads.shows(document, group.phase)) then
      print_group(page, document, group, #list == 1 and not group.has_labels)
    end
  end
end

return numbers
