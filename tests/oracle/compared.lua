-- bench compare: what it says of two backends of one run, from the blocks of their requests.
local cjson = require "cjson"
local figures = require "figures"
local outside = require "outside"

local MOST_BLOCKS = 30
local metrics = { "ttft", "ttft_sched", "tpot", "e2e", "e2e_sched", "tokens_per_s", "decode_tps", "server_decode_tps",
  "chars_per_s" }

-- A list of requests; of those that were cancelled its field says how many.
local function group_of(found, backend, wanted)
  local list, all_in_rounds = { cancelled = 0 }, true
  for _, one in ipairs(found.requests) do
    if one.kind == "measure" and one.backend == backend and one.call == wanted.call and one.label == wanted.label
      and one.load_of_rounds == wanted.load then
      if one.outcome == "cancelled" then
        list.cancelled = list.cancelled + 1
      else
        list[#list + 1] = one
        all_in_rounds = all_in_rounds and one.row.round ~= nil
      end
    end
  end
  return list, all_in_rounds
end

-- Rounds, or stretches of equal size: lists of requests.
local function blocks_of(list, by_round)
  local blocks, names = {}, {}
  local count = math.min(#list, MOST_BLOCKS)
  if by_round then
    for _, one in ipairs(list) do
      local block = names[one.row.round] or {}
      if not names[one.row.round] then
        names[one.row.round], blocks[#blocks + 1] = block, block
      end
      block[#block + 1] = one
    end
    return blocks
  end
  for block = 1, count do
    local from, to = (block - 1) * #list // count + 1, block * #list // count
    blocks[block] = table.move(list, from, to, 1, {})
  end
  return blocks
end

local function values_of(list, metric)
  local values = {}
  for _, one in ipairs(list) do
    values[#values + 1] = one.counted and one.values[metric] or nil
  end
  return values
end

-- Logarithms of the medians of the blocks, by their places.
local function medians(blocks, metric)
  local found = {}
  for place, block in ipairs(blocks) do
    local values = values_of(block, metric)
    found[block[1].row.round or place] = #values > 0 and math.log(figures.of(values).p50) or nil
  end
  return found
end

-- What lies further than 2.5 deviations from the middle, as the median distance tells them, is taken for that far; of
-- fewer than 6 nobody knows what is far.
local function drawn_in(map)
  local values, distances, found = {}, {}, {}
  for _, value in pairs(map) do
    values[#values + 1] = value
  end
  local middle = #values >= 6 and figures.of(values).p50
  for i, value in ipairs(middle and values or {}) do
    distances[i] = math.abs(value - middle)
  end
  local far = middle and 2.5 * 1.4826 * figures.of(distances).p50 or 0
  for place, value in pairs(map) do
    found[place] = far > 0 and math.max(middle - far, math.min(middle + far, value)) or value
  end
  return found
end

local function mean_of(map)
  local sum, n = 0, 0
  for _, value in pairs(map) do
    sum, n = sum + value, n + 1
  end
  return sum / n, n
end

-- new / base: of pairs by their differences.
local function ratio_of(base, new, is_paired)
  if not is_paired then
    local a, n = mean_of(drawn_in(base))
    local b, m = mean_of(drawn_in(new))
    return n > 1 and m > 1 and math.exp(b - a) or nil, n, m
  end
  local differences = {}
  for place, value in pairs(base) do
    differences[place] = new[place] and new[place] - value
  end
  local change, n = mean_of(differences)
  return n > 1 and math.exp(change) or nil, n, n
end

local function errors_of(list, dropped)
  local errors, all = dropped, dropped
  for _, one in ipairs(list) do
    all = all + (one.outcome ~= "incomplete" and 1 or 0)
    errors = errors + ((one.outcome ~= "ok" and one.outcome ~= "incomplete") and 1 or 0)
  end
  return 100 * errors / all, all
end

local function unfinished_of(list)
  local unfinished, all = list.cancelled, #list + list.cancelled
  for _, one in ipairs(list) do
    unfinished = unfinished + (one.outcome == "incomplete" and 1 or 0)
  end
  return 100 * unfinished / all, all
end

local shares = { errors = errors_of, unfinished = unfinished_of }

-- Of loads of rounds those count that asked this backend.
local function dropped_of(found, backend, load)
  local n, asked = 0, {}
  for _, one in ipairs(found.requests) do
    asked[one.phase or 0] = asked[one.phase or 0] or one.backend == backend
  end
  for _, one in ipairs(found.requests) do
    local is_its = one.row.round == nil or asked[one.phase]
    n = n + ((one.kind == "measure" and one.outcome == "dropped" and one.load_of_rounds == load and is_its) and 1 or 0)
  end
  return n
end

local function check_line(context, group, line, base, new, is_paired)
  local words = ("seed %d: compare %s %s %s: "):format(context.seed, group.call, group.label or "", line.metric)
  local share_of = shares[line.metric]
  if share_of then
    local a, n = share_of(base, dropped_of(context.found, "a", group.load))
    local b, m = share_of(new, dropped_of(context.found, "b", group.load))
    outside.check(figures.same(line.base, a) and figures.same(line.new, b) and line.base_n == n and line.new_n == m,
      "%s%s of %s and %s of %s, the oracle says %s of %s and %s of %s", words, line.base, line.base_n, line.new,
      line.new_n, a, n, b, m)
    return
  end
  for name, list in pairs { base = base, new = new } do
    local values = values_of(list, line.metric)
    local want = figures.of(values)[line.statistic]
    outside.check(figures.same(line[name], want) and (line[name .. "_n"] or 0) == #values,
      "%s%s is %s of %s, the oracle says %s of %d", words, name, line[name], line[name .. "_n"], want, #values)
  end
  if line.statistic == "p50" and line.base and line.new then
    local ratio, n, m = ratio_of(medians(blocks_of(base, is_paired), line.metric),
      medians(blocks_of(new, is_paired), line.metric), is_paired)
    outside.check(figures.same(line.ratio, ratio) and line.base_blocks == n and line.new_blocks == m,
      "%sratio %s of %s and %s blocks, the oracle says %s of %s and %s", words, line.ratio, line.base_blocks,
      line.new_blocks, ratio, n, m)
  end
end

local function without_null(object)
  for name, value in pairs(object) do
    if value == cjson.null then
      object[name] = nil
    end
  end
  return object
end

local function check_group(context, pair, group)
  group.load = group.phase and (group.phase:match "^(load %d+),")
  local base, base_in_rounds = group_of(context.found, pair.base.backend, group)
  local new, new_in_rounds = group_of(context.found, pair.new.backend, group)
  local is_paired = base_in_rounds and new_in_rounds
  outside.check((group.how == "paired") == is_paired, "seed %d: compare is %s", context.seed, group.how)
  local seen = {}
  for _, line in ipairs(group.lines) do
    without_null(line)
    seen[line.metric] = true
    check_line(context, group, line, base, new, is_paired)
  end
  for _, metric in ipairs(metrics) do
    local is_left_out = metric == "chars_per_s" and group.call ~= "chat"
    local any = #values_of(base, metric) + #values_of(new, metric) > 0
    outside.check(is_left_out or (seen[metric] or false) == any, "seed %d: compare %s lacks %s", context.seed,
      group.call, metric)
  end
end

return function(context)
  if not context.made.targets:find "b=" then
    return
  end
  local text = context.bench(("compare %d:a %d:b --json"):format(context.run, context.run))
  for _, pair in ipairs(cjson.decode(text).pairs) do
    for _, group in ipairs(pair.groups) do
      check_group(context, pair, without_null(group))
    end
  end
end
