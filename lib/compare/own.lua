-- The script's own metrics of two runs: one line for each name, backend, label and load, in one unit.
local ask = require "report.ask"
local effect = require "compare.effect"
local lists = require "bench.lists"
local read = require "compare.read"
local reduce = require "compare.reduce"
local stats = require "core.stats"
local units = require "bench.units"

local own = {}

local function key_of(row)
  return ("%s\0%s\0%s\0%s\0%s"):format(row.name, row.backend or "", row.label or "", row.load or "",
    units.series(row.unit))
end

-- Each row with its load, by the name that it has in another run. tool: whose numbers of this run are wanted too, under
-- its own definitions, or nil. -> also { run, loads } where that has several loads, which no tool takes together.
local function rows_of(run, tool)
  local rows, phases = ask.rows("compare/own", run), read.phases(run)
  for _, row in ipairs(rows) do
    local phase = phases[row.phase]
    row.load = phase and (row.round and phase.in_rounds or phase.name)
  end
  local told = tool and ask.rows("compare/as_tool", run, tool) or {}
  local apart = told[1] and told[1].loads > 1 and { run = run, loads = told[1].loads } or nil
  for _, row in ipairs(apart and {} or told) do
    row.as_tool = true
    rows[#rows + 1] = row
  end
  return rows, apart
end

-- The name of the only load says nothing: it may be another one in the other run.
local function are_of_one_load(rows)
  local loads = lists.filter(rows, function(row) return row.load end)
  return #lists.filter(loads, function(row) return row.load ~= loads[1].load end) == 0
end

-- Series of rows, in the order of their first values: each { key, name, backend, called (in this run), label, load,
-- unit, values }; and the same by key. names: by which name a backend is known to the other run; by_load: whether what
-- is of another load is another series.
local function series_of(rows, names, by_load)
  local list, by_key = {}, {}
  for _, row in ipairs(rows) do
    local called = row.backend
    row.load = by_load and row.load or nil
    row.backend = names[called] or called
    local key = key_of(row)
    if not by_key[key] then
      by_key[key] = { key = key, name = row.name, backend = row.backend, called = called, label = row.label,
        load = row.load, unit = row.unit or "", better = row.better, as_tool = row.as_tool, values = {} }
      list[#list + 1] = by_key[key]
    end
    local series = by_key[key]
    table.insert(series.values, units.convert(row.value, row.unit or "", series.unit))
  end
  return list, by_key
end

-- Medians of at most MOST_BLOCKS stretches of equal size.
local function blocks(values)
  local count, medians = math.min(#values, reduce.MOST_BLOCKS), {}
  for block = 1, count do
    local from, to = (block - 1) * #values // count + 1, block * #values // count
    medians[block] = stats.median(table.move(values, from, to, 1, {}))
  end
  return medians
end

local function converted(series, unit)
  return lists.map(series.values, function(value) return units.convert(value, series.unit, unit) end)
end

local function line_of(context, base, new)
  local line = { metric = base.name, own = true, unit = base.unit, better = new.better, statistic = "p50",
    backend = base.backend, new_backend = new.called, label = base.label, phase = base.load,
    base_n = #base.values, new_n = #new.values }
  local others = converted(new, base.unit)
  local a, b = blocks(base.values), blocks(others)
  line.base, line.new, line.base_blocks, line.new_blocks = stats.median(base.values), stats.median(others), #a, #b
  local how = context.base_started <= context.new_started and "sequential" or "reversed"
  lists.fill(line, effect.of(a, b, how, { margin = context.margin, floor = context.floor() }))
  if #a == 1 and #b == 1 and a[1] > 0 and b[1] > 0 and b[1] / a[1] < math.huge then
    line.ratio, line.single = b[1] / a[1], true -- of one value each there is no interval
  end
  return line
end

local function alone(run, series, tool)
  return { run = run, metric = series.name, backend = series.backend, label = series.label,
    phase = series.load, unit = series.unit, tool = tool }
end

-- Whose numbers they are: "vllm" of vllm.ttft, in a run that was imported.
local function tool_of(run)
  local row = ask.row("compare/tool", run)
  return row and row.tool
end

-- names: of a backend of the new run the name of its like in the base run.
-- -> lines; a list of { run, metric, backend, label, phase, unit, tool } that one run has alone; { run, loads } or
-- nil: which run has too many loads to be held against a tool's numbers.
function own.lines(context, base_run, new_run, names)
  local base_tool, new_tool = tool_of(base_run), tool_of(new_run)
  local base_rows, base_apart = rows_of(base_run, not base_tool and new_tool or nil)
  local new_rows, new_apart = rows_of(new_run, not new_tool and base_tool or nil)
  local by_load = not (are_of_one_load(base_rows) and are_of_one_load(new_rows))
  local base_list, base_by_key = series_of(base_rows, {}, by_load)
  local new_list, new_by_key = series_of(new_rows, names, by_load)
  local list, only = {}, {}
  for _, series in ipairs(base_list) do
    local other = new_by_key[series.key]
    if other then
      list[#list + 1] = line_of(context, series, other)
    elseif not series.as_tool then
      only[#only + 1] = alone(base_run, series, base_tool)
    end
  end
  for _, series in ipairs(new_list) do
    if not base_by_key[series.key] and not series.as_tool then
      only[#only + 1] = alone(new_run, series, new_tool)
    end
  end
  return list, only, base_apart or new_apart
end

return own
