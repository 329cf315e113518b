-- The numbers of a comparison, worked out again from the rows: medians, blocks, ratios, Student's interval of few
-- pairs, Fisher's test; and what a verdict may not say beside its own interval.
local cjson = require "cjson"
local figures = require "figures"
local outside = require "outside"

local effects = {}

local MOST_BLOCKS = 30
local MARGIN, FLOOR = 0.05, 0.01
local STUDENT = { 12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469 } -- two-sided 95 %, by degrees of freedom

local function first(r)
  return r.streamed == 1 and (r.t_first_token - r.t_start) / 1e6 or nil
end

local function whole(r)
  return ((r.t_last_token or r.t_end) - r.t_start) / 1e6
end

local function decode(r)
  return r.streamed == 1 and (r.t_last_token - r.t_first_token) / 1e6 / (r.output_tokens - 1) or nil
end

local value = {
  ttft = first,
  ttfc = function(r) return r.streamed == 1 and (r.t_first_content - r.t_start) / 1e6 or nil end,
  e2e = whole,
  tpot = decode,
  decode_tps = function(r) return decode(r) and 1000 / decode(r) end,
  tokens_per_s = function(r) return r.output_tokens * 1000 / whole(r) end,
  chars_per_s = function(r) return r.answer_chars * 1000 / whole(r) end,
  tokens = function(r) return r.output_tokens end,
}

local function values_of(rows, metric)
  local values = {}
  for _, row in ipairs(rows) do
    values[#values + 1] = row.outcome == "ok" and row.cold_start == 0 and value[metric](row) or nil
  end
  return values
end

local function without(rows, outcomes)
  local kept, is_out = {}, {}
  for _, outcome in ipairs(outcomes) do
    is_out[outcome] = true
  end
  for _, row in ipairs(rows) do
    kept[#kept + 1] = not is_out[row.outcome] and row or nil
  end
  return kept
end

-- Rounds, or stretches of equal size.
local function blocks_of(all)
  local rows = without(all, { "cancelled" })
  local blocks, count = {}, math.min(#rows, MOST_BLOCKS)
  for i, row in ipairs(rows) do
    local block = row.round or 1 + ((i * count - 1) // #rows)
    blocks[block] = blocks[block] or {}
    table.insert(blocks[block], row)
  end
  return blocks
end

-- Logarithms of the medians of blocks that have one, by their place.
local function logarithms(rows, metric)
  local found = {}
  for place, block in pairs(blocks_of(rows)) do
    local median = figures.of(values_of(block, metric)).p50
    found[place] = median and math.log(median)
  end
  return found
end

local function differences(base, new)
  local list = {}
  for place, a in pairs(base) do
    list[#list + 1] = new[place] and new[place] - a
  end
  return list
end

local function near(a, b)
  return a == b or a and b and math.abs(a - b) <= 1e-4 * math.max(1, math.abs(a), math.abs(b))
end

local function check_pairs(line, base, new, say)
  local list = differences(base, new)
  outside.check(line.base_blocks == #list and line.new_blocks == #list, "%s%s pairs, there are %d", say,
    line.base_blocks, #list)
  if #list < 2 or #list >= 8 then
    return
  end
  local found = figures.of(list)
  local reach = STUDENT[#list - 1] * found.stddev / math.sqrt(#list)
  outside.check(near(line.ratio, math.exp(found.mean)), "%sratio %s, it is %s", say, line.ratio, math.exp(found.mean))
  outside.check(near(line.low, math.exp(found.mean - reach)) and near(line.high, math.exp(found.mean + reach)),
    "%s%s .. %s, Student's is %s .. %s", say, line.low, line.high, math.exp(found.mean - reach),
    math.exp(found.mean + reach))
end

local function count_of(map)
  local count = 0
  for _ in pairs(map) do
    count = count + 1
  end
  return count
end

local function check_series(line, base, new, say)
  outside.check(line.base_blocks == count_of(base) and line.new_blocks == count_of(new), "%s%s and %s blocks", say,
    line.base_blocks, line.new_blocks)
end

local function log_factorial(n)
  local sum = 0
  for i = 2, n do
    sum = sum + math.log(i)
  end
  return sum
end

-- Fisher's exact test, two-sided: tables that are no likelier than this one.
local function fisher(a, n, b, m)
  local hits, p = a + b, 0
  local function chosen(from, x)
    return log_factorial(from) - log_factorial(x) - log_factorial(from - x)
  end
  local function likelihood(x)
    return math.exp(chosen(n, x) + chosen(m, hits - x) - chosen(n + m, hits))
  end
  local this = likelihood(a)
  for x = math.max(0, hits - m), math.min(n, hits) do
    local one = likelihood(x)
    p = p + (one <= this * (1 + 1e-7) and one or 0)
  end
  return math.min(1, p)
end

local function failed(rows)
  local n = 0
  for _, row in ipairs(rows) do
    n = n + (row.outcome == "ok" and 0 or 1)
  end
  return n
end

local function check_share(line, a, base, b, new, say)
  outside.check(near(line.base, 100 * a / #base) and near(line.new, 100 * b / #new),
    "%s%s and %s %%, %d of %d and %d of %d", say, line.base, line.new, a, #base, b, #new)
  outside.check(near(line.p, fisher(a, #base, b, #new)), "%sp %s, Fisher's is %s", say, line.p,
    fisher(a, #base, b, #new))
end

local function check_errors(line, base_rows, new_rows, say)
  local base, new = without(base_rows, { "cancelled", "incomplete" }), without(new_rows, { "cancelled", "incomplete" })
  check_share(line, failed(base), base, failed(new), new, say)
end

-- Cancelled, or cut off.
local function unfinished(rows)
  return #rows - #without(rows, { "cancelled", "incomplete" })
end

local function check_unfinished(group, base, new, say)
  local a, b, seen = unfinished(base), unfinished(new), false
  for _, line in ipairs(group.lines) do
    if line.metric == "unfinished" then
      seen = true
      check_share(line, a, base, b, new, say)
    end
  end
  outside.check(seen == (a + b > 0), "%sof %d and %d unfinished there is a line: %s", say, a, b, seen)
end

local function linear(values, p)
  local place = p * (#values - 1)
  local low, share = math.floor(place), place % 1
  return values[low + 1] + (share > 0 and share * (values[low + 2] - values[low + 1]) or 0)
end

local parts = { p50 = 0.5, p95 = 0.95, p99 = 0.99 }

-- How many times worse a side is where what it lost beyond the other side was worse than all that is left of it.
local function worst(line, rows, others)
  local share, other = failed(rows) / #rows, failed(others) / #others
  local excess, p = math.max(0, (share - other) / (1 - other)), parts[line.statistic]
  local place = p / (1 - excess)
  if excess == 0 or place >= 1 then
    return excess == 0 and 1 or math.huge
  end
  local values = values_of(rows, line.metric)
  table.sort(values)
  if line.better == "higher" then
    return linear(values, 1 - p) / linear(values, 1 - place)
  end
  return linear(values, place) / linear(values, p)
end

local of_length = { e2e = true, tokens_per_s = true, chars_per_s = true }

-- How many times worse, or better, it may be of answers that were as long as the other's: by so many times as many
-- tokens at most, if these are a tenth more.
local function of_one_length(line, base, new)
  local a, b = figures.of(values_of(base, "tokens")).p50, figures.of(values_of(new, "tokens")).p50
  local factor = a and b and math.max(a, b) / math.min(a, b) or 1
  if not of_length[line.metric] or factor <= 1.1 then
    return 1, 1
  end
  local seems_worse = (b > a) == (line.better == "lower")
  return seems_worse and factor or 1, seems_worse and 1 or factor
end

-- A verdict stands, too, where what was lost was the slow part, and of answers of one length.
local function check_lost(line, base, new, say)
  local by_length, of_shorter = of_one_length(line, base, new)
  line.base_worst, line.new_worst = by_length * worst(line, base, new), of_shorter * worst(line, new, base)
  local low, high = line.low, line.high
  if line.better == "higher" then
    low, high = 1 / high, 1 / low
  end
  low, high = low / line.base_worst, high * line.new_worst
  if line.verdict == "faster" or line.verdict == "slower" then
    outside.check(line.verdict == "slower" and low > 1 or line.verdict == "faster" and high < 1,
      "%s%s, and with what was lost %s .. %s times as slow", say, line.verdict, low, high)
  elseif line.verdict:find "^equal" then
    outside.check(low > 1 / (1 + MARGIN) and high < 1 + MARGIN,
      "%sequal, and with what was lost %s .. %s times as slow", say, low, high)
  end
end

local speed = { faster = true, slower = true, lower = true, higher = true }

-- What stands beside an interval must follow from it.
local function check_verdict(line, say)
  local low, high, verdict = line.low, line.high, line.verdict
  outside.check(low <= line.ratio and line.ratio <= high, "%s%s is not within %s .. %s", say, line.ratio, low, high)
  local margin = math.max(MARGIN, line.floor)
  if speed[verdict] then
    outside.check(low > 1 or high < 1, "%s%s beside %s .. %s", say, verdict, low, high)
    outside.check(math.abs(math.log(line.ratio)) > math.log(1 + FLOOR), "%s%s of %s", say, verdict, line.ratio)
    local is_more = line.ratio > 1
    local is_worse = verdict == "slower"
    outside.check(verdict == "lower" or verdict == "higher" or (line.better == "higher") == (is_more ~= is_worse),
      "%s%s of %s", say, verdict, line.ratio)
  elseif verdict:find "^equal" then
    outside.check(low > 1 / (1 + margin) and high < 1 + margin, "%s%s beside %s .. %s", say, verdict, low, high)
  elseif verdict == "cannot tell" and line.statistic == "p50" then
    outside.check(line.reason or low <= 1 and high >= 1, "%scannot tell beside %s .. %s, and no reason", say, low, high)
    outside.check(line.reason or line.needed, "%scannot tell, and nothing would do", say)
  end
end

local function check_counts(line, a, b, say)
  outside.check(near(line.base, figures.of(a).p50) and near(line.new, figures.of(b).p50) and (line.base_n or 0) == #a
    and (line.new_n or 0) == #b, "%s%s of %s and %s of %s", say, line.base, line.base_n, line.new, line.new_n)
end

local better = { decode_tps = "higher", tokens_per_s = "higher", chars_per_s = "higher" }

local function without_null(line)
  for name, one in pairs(line) do
    if one == cjson.null then
      line[name] = nil
    end
  end
  return line
end

-- When its content begins stands there where anything came before it, and how much that was.
local function check_thoughts(made, group)
  local has_line, has_work = false, false
  for _, line in ipairs(group.lines) do
    has_line = has_line or line.metric == "ttfc"
  end
  for _, line in ipairs(group.work) do
    has_work = has_work or line.name == "of it reasoning" and line.differs
  end
  local is_thought = made.plan.change == "thinks"
  outside.check(has_line == is_thought and has_work == is_thought, "seed %d: reasoning %s, a line %s, work done %s",
    made.seed, is_thought, has_line, has_work)
end

-- group: of the JSON; base, new: rows of both sides. tally: what the verdicts of ttft said, for the truth of many.
function effects.check(made, group, base, new, tally)
  check_thoughts(made, group)
  check_unfinished(group, base, new, ("seed %d: unfinished: "):format(made.seed))
  for _, line in ipairs(group.lines) do
    without_null(line)
    local say = ("seed %d: %s %s: "):format(made.seed, line.metric, line.statistic)
    if line.metric == "errors" then
      check_errors(line, base, new, say)
    elseif value[line.metric] and line.statistic == "p50" then
      local a, b = values_of(base, line.metric), values_of(new, line.metric)
      check_counts(line, a, b, say)
      if line.base and line.new then
        local check = group.how == "paired" and check_pairs or check_series
        check(line, logarithms(base, line.metric), logarithms(new, line.metric), say)
      end
    end
    line.better = better[line.metric] or "lower"
    if line.low and line.statistic ~= "share" then
      check_verdict(line, say)
      if value[line.metric] then
        check_lost(line, base, new, say)
      end
      tally(line, made)
    end
  end
end

return effects
