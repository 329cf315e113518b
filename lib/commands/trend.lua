-- bench trend SCENARIO
local ask = require "report.ask"
local clock = require "core.clock"
local lists = require "bench.lists"
local metrics = require "bench.metrics"
local misuse = require "bench.misuse"
local number = require "report.number"
local options = require "core.options"
local output = require "core.output"
local page = require "report.page"
local refusal = require "report.refusal"
local series = require "trend.series"
local sheet = require "report.sheet"
local spark = require "trend.spark"
local support = require "report.support"
local text = require "report.text"
local when = require "report.when"

local command = {}

local statistics = { "p50", "p90", "p95", "p99", "mean", "min", "max" }

-- "serve", "scripts/serve.lua" -> "serve", or nil and a sentence.
local function read_scenario(word)
  local name = word:match "([^/]+)%.lua$" or word
  if ask.row("report/run_of_scenario", name) then
    return name
  end
  local names = lists.column(ask.rows "trend/scenarios", "scenario")
  return nil, ("there is no run of %s%s (bench list shows what there is)"):format(name, misuse.near(name, names))
end

-- "ttft p95" -> metric, statistic, nil where none is named; or nil and a sentence. A name may hold blanks.
local function read_metric(words, scenario)
  local known = series.metrics_of(scenario)
  local name, statistic = words or series.default_metric(scenario), nil
  if not lists.has(known, name) and name:find "%S%s+%S" then
    name, statistic = name:match "^%s*(.-)%s+(%S+)%s*$"
  end
  if not lists.has(known, name) then
    local nearest = metrics.nearest(name)
    local near = lists.has(known, nearest) and (". Did you mean %s?"):format(nearest) or misuse.near(name, known)
    return nil, ("the runs of %s have no metric %s%s (they have %s)"):format(scenario, name, near,
      table.concat(known, ", "))
  elseif name == "errors" then
    return name, "share"
  end
  if statistic and not lists.has(statistics, statistic) then
    return nil, ("there is no statistic %s%s (%s)"):format(statistic, misuse.near(statistic, statistics),
      table.concat(statistics, ", "))
  end
  return name, statistic
end

local function engine_words(fact)
  local name, old = (fact.base or ""):match "^(.-) (%S+)$"
  local other, new = (fact.new or ""):match "^(.-) (%S+)$"
  if name and name == other then
    return ("%s %s → %s"):format(name, old, new)
  end
  return ("%s → %s"):format(fact.base or "?", fact.new or "?")
end

local function fact_words(fact)
  if fact.name == "engine" then
    return engine_words(fact)
  end
  return ("%s %s → %s"):format(fact.name, fact.base or "?", fact.new or "?")
end

-- What changed beside the level, in words.
local function facts_words(change)
  return table.concat(lists.map(change.facts, fact_words), ", ")
end

local function change_words(change)
  local by = change.ratio and (", %+.0f %%"):format(100 * (change.ratio - 1)) or ""
  local facts = facts_words(change)
  return "changed here" .. by .. ": " .. (facts == "" and "nothing known" or facts .. ", nothing else known")
end

-- By the codes of db/compare/spoilt.sql.
local spoilt = { plan_not_kept = "its plan was not kept", stopped = "bench was stopped",
  suspended = "the machine slept", throttled = "held up by a limit of CPU", two_runs = "beside another run" }

-- What spoilt a run's numbers, in words; nil where nothing did.
local function spoilt_words(run)
  local codes = lists.names(lists.set(lists.column(ask.rows("compare/spoilt", run), "code")))
  return lists.joined(", ", table.unpack(lists.map(codes, function(code) return spoilt[code] end)))
end

local function remarks(one, point)
  return lists.joined("; ", point.change and change_words(point.change), point.status ~= "done" and point.status,
    spoilt_words(point.run),
    point.n and point.n < (support.least[one.statistic] or 0)
      and ("of %d, too few for a %s"):format(point.n, one.statistic)) or ""
end

local function title(scenario, one)
  local metric = metrics.find(one.metric)
  return lists.joined(", ", text.line(scenario), text.line(one.backend or "the script"),
    one.call ~= "chat" and one.call, one.label and text.line(one.label), one.phase and text.line(one.phase),
    ("%s %s%s"):format(metric and metric.title or text.line(one.metric), one.statistic,
      one.unit and " in " .. text.line(one.unit) or ""))
    .. (one.simulated and " (simulated)" or one.imported and " (imported)" or "")
end

local BESIDE = 44 -- columns of a remark beside its value; the rest goes on below
local ZONE = 6    -- columns of a zone, where each time has its own

local function add_point(rows, cells, remark, beside)
  if not beside then
    rows[#rows + 1] = { cells[1], cells[2], cells[3], remark }
    return
  end
  for line in text.wrap(remark, "", "", beside):gmatch "([^\n]*)\n" do
    rows[#rows + 1] = { cells[1], cells[2], cells[3], line }
    cells = { "", "", "" }
  end
end

local function print_points(paper, one, now)
  local rows, decimals = {}, number.decimals(lists.column(one.points, "value"))
  local heading, times = when.column(lists.map(one.points, when.of_run), not paper.markdown and now)
  local beside = BESIDE - (heading == "when" and ZONE or 0)
  for i, point in ipairs(one.points) do
    add_point(rows, { tostring(point.run), times[i], number.visible(point.value, decimals) }, remarks(one, point),
      not paper.markdown and beside)
  end
  paper:table({ { title = "run", right = true }, { title = heading }, { title = one.unit or "", point = true },
    { title = "" } }, rows, paper.markdown and "" or "  ")
end

local function drift_words(one)
  local first, last = one.points[1], one.points[#one.points]
  local by = one.drift.ratio and (" by %.0f %%"):format(100 * math.abs(one.drift.ratio - 1)) or ""
  return ("It %s%s from run %d to run %d, and at no run more than at others."):format(
    one.drift.rises and "rose" or "fell", by, first.run, last.run)
end

local function print_page(scenario, list, format)
  local paper, now = page.new(format, output.out), math.floor(clock.wall())
  for i, one in ipairs(list) do
    if i > 1 then
      paper:line()
    end
    paper:title(title(scenario, one), spark.line(lists.column(one.points, "value")))
    if #one.points > 0 then
      print_points(paper, one, now)
    else
      paper:item "none of its runs has a value"
    end
    if one.drift then
      paper:remark(drift_words(one))
    end
  end
end

local columns = { "run", "started_at", "scenario", "backend", "call", "label", "phase", "simulated", "metric",
  "statistic", "unit", "n", "value", "changed", "change_ratio", "change_facts", "drift" }

local function rows_of(scenario, list)
  local rows = { columns = columns }
  for _, one in ipairs(list) do
    for _, point in ipairs(one.points) do
      local change = point.change
      rows[#rows + 1] = { run = point.run, started_at = point.started_at, scenario = scenario, backend = one.backend,
        call = one.call, label = one.label, phase = one.phase, simulated = one.simulated and 1 or 0,
        metric = one.metric, statistic = one.statistic, unit = one.unit, n = point.n, value = point.value,
        changed = change and 1 or 0, change_ratio = change and change.ratio,
        change_facts = change and facts_words(change) or nil, drift = one.drift and one.drift.ratio }
    end
  end
  return rows
end

function command.main()
  if #options.arguments ~= 1 then
    return refusal.say "say which scenario: bench trend SCENARIO [--metric \"ttft p95\"]"
  end
  local since, wrong = when.since(options.since)
  if wrong then
    return 2
  end
  local scenario, message = read_scenario(options.arguments[1])
  if not scenario then
    return refusal.say(message)
  end
  local metric, statistic = read_metric(options.metric, scenario)
  if not metric then
    return refusal.say(statistic)
  end
  local filters = { backend = options.backend, label = options.label, since = since }
  local list = series.read(scenario, metric, statistic, filters)
  local format = options.format or "table"
  if not sheet.is_whole(format) then
    sheet.print(rows_of(scenario, list), format, output.out)
  elseif #list == 0 then
    output.out(next(filters) and "no run fits these filters\n"
      or ("no run of %s that has ended measured anything\n"):format(text.line(scenario)))
  else
    print_page(scenario, list, format)
  end
  return 0
end

return command
