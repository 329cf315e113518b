-- The lines of a comparison: for one group of two sides, each metric's two values, ratio, interval and verdict.
local effect = require "compare.effect"
local lists = require "bench.lists"
local metrics = require "bench.metrics"
local reduce = require "compare.reduce"
local stats = require "core.stats"
local survivors = require "compare.survivors"

local lines = {}

local tails = { "p95", "p99" }
local tail_metrics = { "ttft", "ttft_sched", "tpot", "e2e", "e2e_sched" }

-- The blocks that both sides have a value of: list of { block, base, new }.
local function pairs_of(base_blocks, new_blocks, metric)
  local others = {}
  for _, block in ipairs(new_blocks) do
    others[block.block] = block[metric]
  end
  local common = lists.filter(base_blocks, function(block) return block[metric] and others[block.block] end)
  return lists.map(common, function(block)
    return { block = block.block, base = block[metric], new = others[block.block] }
  end)
end

local function values_of(blocks, metric)
  return lists.column(lists.filter(blocks, function(block) return block[metric] end), metric)
end

-- Values of the blocks of both sides: paired by block, else each in its order.
local function series(base_blocks, new_blocks, metric, how)
  if how ~= "paired" then
    return values_of(base_blocks, metric), values_of(new_blocks, metric)
  end
  local found = pairs_of(base_blocks, new_blocks, metric)
  return lists.column(found, "base"), lists.column(found, "new")
end

-- How the blocks of two groups stand to each other. An imported run may not say when its requests began.
function lines.how(context, base, new)
  if context.by == "prompt" or context.one_run and base.in_rounds and new.in_rounds then
    return "paired"
  end
  local base_at = context.base_started + (base.work.first_ms or 0) / 1000
  local new_at = context.new_started + (new.work.first_ms or 0) / 1000
  return base_at <= new_at and "sequential" or "reversed"
end

-- Prompts are no series in time: a trend over them means nothing.
local function without_drift(result, context)
  if context.by == "prompt" then
    result.base_drift, result.new_drift = nil, nil
  end
  return result
end

local function settings_of(context, metric, a, b)
  return { margin = context.margin, floor = context.floor(metric, a, b) }
end

-- Of prompts the one whose ratio is furthest from the middle one's: { prompt, ratio, middle }; nil where all are
-- within the margin of it.
local function furthest(base_blocks, new_blocks, name, margin)
  local above_zero = lists.filter(pairs_of(base_blocks, new_blocks, name), function(pair)
    return pair.base > 0 and pair.new > 0
  end)
  local list = lists.map(above_zero, function(pair) return { prompt = pair.block, ratio = pair.new / pair.base } end)
  table.sort(list, function(a, b)
    return a.ratio < b.ratio
  end)
  local least, most, middle = list[1], list[#list], list[(#list + 1) // 2]
  if #list < 2 or most.ratio / least.ratio <= 1 + margin then
    return nil
  end
  local found = most.ratio / middle.ratio > middle.ratio / least.ratio and most or least
  found.middle = middle.ratio
  return found
end

-- a, b: its values.
local function line_of(context, base, new, name, statistic, a, b)
  local metric = metrics.find(name)
  return { metric = name, unit = metric.unit, better = metric.better, statistic = statistic, base = a, new = b,
    base_n = base.work[name .. "_n"], new_n = new.work[name .. "_n"], mixed_tokens = metric.by_count and context.mixed }
end

local function of_stream(work)
  return work.e2e and work.ttft and work.e2e - work.ttft
end

local function of_request(work)
  return work.e2e
end

local spans = { tpot = of_stream, decode_tps = of_stream, tokens_per_s = of_request, chars_per_s = of_request }

-- ms that a value was taken from, of which the client's error is a part; nil of what is no matter of time.
local function measured_time(side, metric, value)
  local span = spans[metric.name]
  return span and span(side.work) or metric.unit == "ms" and value or nil
end

-- What the blocks say of a line, which gets how many they are, and the floor; and the margin of "equal". column: of a
-- block.
local function judge_blocks(context, base, new, line, column)
  local base_blocks, new_blocks = series(base.blocks, new.blocks, column, context.how)
  local metric = metrics.find(line.metric)
  local settings = settings_of(context, metric, measured_time(base, metric, line.base),
    measured_time(new, metric, line.new))
  line.base_blocks, line.new_blocks, line.floor = #base_blocks, #new_blocks, settings.floor
  local result = effect.of(base_blocks, new_blocks, context.how, settings)
  return without_drift(result, context), math.max(settings.margin, settings.floor)
end

local function metric_line(context, base, new, name)
  local a, b = base.work[name], new.work[name]
  if a == nil and b == nil then
    return nil
  end
  local line = line_of(context, base, new, name, "p50", a, b)
  if a == nil or b == nil then
    line.reason = ("no value in %s"):format(a == nil and context.base_name or context.new_name)
    return line
  end
  if context.by == "prompt" then
    line.furthest = furthest(base.blocks, new.blocks, name, context.margin)
  end
  local result, margin = judge_blocks(context, base, new, line, name)
  return survivors.judge(lists.fill(line, result), base, new, 0.5, margin)
end

local function shares(group)
  local found = { hits = 0, count = 0, blocks = {} }
  for _, block in ipairs(group.blocks) do
    if block.judged > 0 then
      found.hits, found.count = found.hits + block.errors, found.count + block.judged
      table.insert(found.blocks, block.errors / block.judged)
    end
  end
  return found
end

local function share_line(name, a, b)
  return { metric = name, unit = "%", better = "lower", statistic = "share", base = 100 * a.hits / a.count,
    new = 100 * b.hits / b.count, base_n = a.count, new_n = b.count, base_blocks = #a.blocks, new_blocks = #b.blocks }
end

local function error_line(context, base, new)
  local a, b = shares(base), shares(new)
  if a.count == 0 or b.count == 0 then
    return nil
  end
  return lists.fill(share_line("errors", a, b), effect.shares(a, b, settings_of(context, metrics.find "errors")))
end

-- Of runs that came to their end: what an interruption cut off is nobody's.
local function unfinished_line(context, base, new)
  local a, b = base.unfinished, new.unfinished
  if a.hits + b.hits == 0 or not context.done then
    return nil
  end
  return lists.fill(share_line("unfinished", a, b), effect.shares(a, b, settings_of(context)))
end

-- A percentile differs where the interval of the ratio leaves 1 out and the blocks agree; it is equal where all of that
-- is within the margin.
local function tail_verdict(line, result, margin)
  line.p, line.base_drift, line.new_drift = result.p, result.base_drift, result.new_drift
  local called = result.verdict == "lower" or result.verdict == "higher"
  local apart = line.low > 1 or line.high < 1
  if called and apart and (line.ratio > 1) == (result.verdict == "higher") then
    line.verdict = result.verdict
  elseif line.low > 1 / (1 + margin) and line.high < 1 + margin then
    line.verdict = "equal"
  else
    line.verdict = result.verdict == "drift" and "drift" or "cannot tell"
    line.needed, line.doubted = result.needed, result.doubted
    effect.explain(line)
  end
end

local function tail_line(context, statistic, name, base, new)
  local a, b = base.tails[name][statistic], new.tails[name][statistic]
  if a.low <= 0 or b.low <= 0 then
    return nil
  end
  local line = line_of(context, base, new, name, statistic, a.value, b.value)
  line.ratio = b.value / a.value
  line.low, line.high = stats.quotient(a.value, a.low, a.high, b.value, b.low, b.high)
  local result, margin = judge_blocks(context, base, new, line, name .. "_" .. statistic)
  tail_verdict(line, result, margin)
  return survivors.judge(line, base, new, reduce.tails[statistic], margin)
end

-- The lines of a percentile for the metrics that both sides have enough values of; of which others one has too few, and
-- how many would be needed.
local function add_tail(list, context, statistic, base, new)
  local needed, names, found = 0, {}, false
  for _, name in ipairs(tail_metrics) do
    local a, b = base.tails[name], new.tails[name]
    if a and b and a[statistic].value and b[statistic].value then
      list[#list + 1], found = tail_line(context, statistic, name, base, new), true
    elseif a and b then
      needed = math.max(needed, a[statistic].needed or 0, b[statistic].needed or 0)
      names[#names + 1] = name
    end
  end
  return #names > 0 and { statistic = statistic, needed = needed, metrics = found and names or nil } or nil
end

-- base, new: groups of two sides; context: { by, margin, floor (of a metric and two times -> share), one_run,
-- base_started, new_started (s), base_name, new_name, mixed (counts of tokens come from different sources), done (both
-- runs came to their end) }.
-- -> list of lines, how the blocks stand to each other, list of { statistic, needed, metrics (nil: all) } that n is too
-- small for.
function lines.of(context, base, new)
  local list, small = {}, {}
  context.how = lines.how(context, base, new)
  local thought = base.work.thought + new.work.thought > 0 -- else the first token is the first of the content
  for _, name in ipairs(reduce.metrics) do
    list[#list + 1] = (name ~= "ttfc" or thought) and metric_line(context, base, new, name) or nil
  end
  for _, statistic in ipairs(tails) do
    small[#small + 1] = add_tail(list, context, statistic, base, new)
  end
  list[#list + 1] = error_line(context, base, new)
  list[#list + 1] = unfinished_line(context, base, new)
  return list, context.how, small
end

return lines
