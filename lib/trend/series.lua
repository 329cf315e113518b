-- A metric of a scenario over its runs: one series for each backend, call, label and phase, with the runs at
-- which its level changed and what else changed there.
local ask = require "report.ask"
local fields = require "compare.fields"
local lengths = require "compare.lengths"
local levels = require "trend.levels"
local lists = require "bench.lists"
local metrics = require "bench.metrics"
local report_run = require "report.run"
local tokens = require "compare.tokens"
local units = require "bench.units"
local work = require "compare.work"

local series = {}

local function key_of(row)
  return table.concat({ row.backend or "", row.call or "", row.label or "", row.phase or "", row.simulated,
    units.series(row.unit) }, "\0")
end

-- What is known of whom a point is of; nothing for what the script measured by itself.
local function side_of(point)
  return { run = point.run, backend = point.backend,
    row = lists.find(report_run.backends(point.run), "backend", point.backend) or {} }
end

local function work_of(row)
  return ask.row("trend/work", row.run, row.backend, row.call, row.label, row.phase_number)
end

local function is_held_back(done)
  if done.held_back then
    return done.held_back == 1
  end
end

-- How the prompts and answers of two points stand to each other: what fields.of takes. Which prompts they were is not
-- looked at here.
local function apart_of(base, new)
  return { base = 0, new = 0, both = 0, base_held = is_held_back(base), new_held = is_held_back(new),
    base_cached = base.cached, new_cached = new.cached, base_thought = base.thought, new_thought = new.thought }
end

-- What of the answers themselves moves this metric: their length, and who counted their tokens.
local function add_answers(list, base, new, metric)
  local is_anew, known = work.is_counted_anew(base, new), metrics.find(metric)
  local a, b, unit = lengths.medians(base, new, is_anew)
  if lengths.matters(metric) and lengths.ratio(a, b) ~= 1 then
    list[#list + 1] = { name = "output " .. unit, base = ("%g"):format(a), new = ("%g"):format(b) }
  end
  if is_anew and known and known.by_count then
    list[#list + 1] = { name = "counted by", base = work.counted_by(base), new = work.counted_by(new) }
  end
end

-- "50 %": of the requests of a row; what did not end ok has no latency, and may have been the slow part.
local function lost_of(row)
  local found = ask.row("trend/lost", row.run, row.backend, row.call, row.label, row.phase_number)
  return found.ended > 0 and ("%.0f %%"):format(100 * found.lost / found.ended) or nil
end

local function add_lost(list, before, after)
  local base, new = lost_of(before), lost_of(after)
  if base ~= new then
    list[#list + 1] = { name = "errors", base = base, new = new }
  end
end

-- What is known to differ between two runs of a series: a list of { name, base, new }.
local function facts_between(before, after, metric)
  local pair = { base = side_of(before), new = side_of(after) }
  local base, new = work_of(before.row), work_of(after.row)
  local prompts = tokens.judge_medians(base.prompt_tokens, new.prompt_tokens)
  local changed = lists.filter(fields.of(pair, prompts, apart_of(base, new)), function(one)
    return one.state == "differs" and not (metric == "prompt_tokens" and one.name == "prompt tokens")
  end)
  add_answers(changed, base, new, metric)
  if metric ~= "errors" then
    add_lost(changed, before.row, after.row)
  end
  return changed
end

-- Marks the points at which a level begins. -> where they but rise or fall, as levels.of says it.
local function mark_changes(points, metric)
  local firsts, drift = levels.of(points)
  for i, first in ipairs(firsts) do
    local before = levels.median(points, firsts[i - 1] or 1, first - 1)
    local after = levels.median(points, first, (firsts[i + 1] or #points + 1) - 1)
    points[first].change = { ratio = before > 0 and after / before or nil,
      facts = facts_between(points[first - 1], points[first], metric) }
  end
  return drift
end

-- Of an imported run: what its tool calls the time to the first token, else its main number.
local function first_token_of_a_tool(rows)
  for _, pattern in ipairs { "%.ttft$", "%.time_to_first_token", "%.avg ttft$", "%.e2e_ttft$", "%.avg_ts$",
    "%.response_time$" } do
    for _, row in ipairs(rows) do
      if row.metric:lower():find(pattern) then
        return row.metric
      end
    end
  end
end

-- The first of these that the scenario has values of, else any metric of its own, else its errors. Where its last run
-- had a plan, that is from the plan: from the send an overloaded server looks as quick as an idle one.
function series.default_metric(scenario)
  local last = {}
  local rows = ask.rows("trend/metrics", scenario)
  for _, row in ipairs(rows) do
    last[row.metric] = row.last
  end
  for _, name in ipairs { "ttft", "e2e" } do
    local planned = name .. "_sched"
    if last[planned] and last[planned] == last[name] then
      return planned
    elseif last[name] then
      return name
    end
  end
  return first_token_of_a_tool(rows) or rows[1] and rows[1].metric or "errors"
end

function series.metrics_of(scenario)
  local names = lists.column(ask.rows("trend/metrics", scenario), "metric")
  names[#names + 1] = "errors"
  return names
end

-- The median, or the mean where the first run that has values has no median.
local function usual_statistic(rows)
  local first = lists.filter(rows, function(row) return row.mean end)[1]
  return first and not first.p50 and "mean" or "p50"
end

-- rows: of one series, in the unit of the last one.
local function series_of(rows, metric, statistic)
  local row, points, unit = rows[1], {}, rows[#rows].unit
  statistic = statistic or usual_statistic(rows)
  local column = metric == "errors" and "mean" or statistic
  for _, each in ipairs(rows) do
    if each[column] and math.abs(each[column]) < math.huge then
      points[#points + 1] = { run = each.run, started_at = each.started_at, status = each.status,
        backend = each.backend, n = each.n, hits = each.hits, value = units.convert(each[column], each.unit, unit),
        row = each }
    end
  end
  local drift = mark_changes(points, metric)
  return { backend = row.backend, call = row.call, label = row.label, phase = row.phase,
    simulated = row.simulated == 1, imported = row.imported == 1, metric = metric, unit = unit,
    statistic = statistic, points = points, drift = drift }
end

-- statistic: nil for the median, or the mean where there is no median. filters: { backend, label, since }, each may
-- be nil. -> list of { backend, call, label, phase, simulated, imported, metric, unit, statistic, points = list of
-- { run, started_at, status, backend, n, hits (of errors), value, change = { ratio, facts } },
-- drift = { rises, ratio } }
function series.read(scenario, metric, statistic, filters)
  local rows = ask.rows(metric == "errors" and "trend/errors" or "trend/values", scenario, metric, filters.backend,
    filters.label, filters.since)
  return lists.map(lists.groups(rows, key_of), function(of_one)
    return series_of(of_one, metric, statistic)
  end)
end

return series
