-- Requests of one group become totals and blocks. A block is a round; requests outside rounds are cut, in their
-- order, into blocks of equal size; or a block is a prompt.
local quantile = require "core.quantile"
local stats = require "core.stats"

local reduce = {}

reduce.MOST_BLOCKS = 30 -- of requests that were not asked in rounds
reduce.metrics = { "ttft", "tpot", "e2e", "tokens_per_s", "decode_tps", "server_decode_tps", "chars_per_s" }
reduce.tails = { p95 = 0.95, p99 = 0.99 }

local with_tails = { ttft = true, tpot = true, e2e = true }

-- A group without requests. fields: whatever the caller knows it by; by: "label" or "prompt". Once it is finished:
--   work     totals by name (see `add`), tokens_min, tokens_median, tokens_max; for each metric METRIC (its median)
--            and METRIC_n
--   finishes list of { reason, n }, the commonest first
--   blocks   list of { block, finished, failed, METRIC, METRIC_p95 and METRIC_p99 (of times) }, in their order
--   tails    METRIC -> p95, p99 -> { value, low, high } (95 %, by order statistics), or { needed } where n is too
--            small
--   in_rounds
function reduce.new(fields)
  fields.work = { finished = 0, ok = 0, failed = 0, empty = 0, truncated = 0, cancelled = 0, cold = 0, counted = 0,
    usage = 0, tokenizer = 0, events = 0 }
  fields.reasons, fields.tokens, fields.in_rounds = {}, {}, true
  fields.keys, fields.bad, fields.values = {}, {}, {} -- by position
  for _, name in ipairs(reduce.metrics) do
    fields.values[name] = {}
  end
  return fields
end

local function increase(totals, name, by)
  if totals[name] and by then
    totals[name] = totals[name] + by
  end
end

-- Prompt tokens count where it is known how many of them were cached.
local function add_counted(group, row)
  local work = group.work
  work.counted = work.counted + 1
  increase(work, row.token_source or "", 1)
  if row.output_tokens then
    table.insert(group.tokens, row.output_tokens)
  end
  if row.prompt_tokens and row.cached_tokens then
    work.prompt_tokens = (work.prompt_tokens or 0) + row.prompt_tokens
    work.cached_tokens = (work.cached_tokens or 0) + row.cached_tokens
  end
end

local function add_outcome(group, row)
  local work = group.work
  increase(work, row.outcome, 1)
  if row.outcome == "ok" then
    local reason = (row.call == "chat" or row.call == "complete") and (row.finish_reason or "not said")
    if reason then
      group.reasons[reason] = (group.reasons[reason] or 0) + 1
    end
    increase(work, "cold", row.cold_start)
  elseif row.outcome ~= "failed" and row.outcome ~= "cancelled" then
    work.failed = work.failed + 1
  end
end

-- A row of requests.sql; rows come in their order.
function reduce.add(group, row)
  group.work.first_ms = group.work.first_ms or row.start_ms
  add_outcome(group, row)
  if row.outcome == "cancelled" then
    return
  end
  local at = group.work.finished + 1
  group.work.finished = at
  group.in_rounds = group.in_rounds and row.round ~= nil
  group.keys[at] = group.by == "prompt" and (row.prompt or false) or row.round or false
  group.bad[at] = row.outcome ~= "ok"
  local counts = row.outcome == "ok" and row.cold_start ~= 1
  if counts then
    add_counted(group, row)
  end
  for _, name in ipairs(reduce.metrics) do
    group.values[name][at] = counts and row[name] or false
  end
end

-- Lists of positions, one a block; those of rounds and prompts in the order of their first requests.
local function keyed_positions(group)
  local list, by_key = {}, {}
  for at = 1, group.work.finished do
    local key = group.keys[at]
    if key and not by_key[key] then
      by_key[key] = { block = key }
      list[#list + 1] = by_key[key]
    end
    if key then
      table.insert(by_key[key], at)
    end
  end
  return list
end

local function equal_positions(group)
  local all = group.work.finished
  local count, list = math.min(all, reduce.MOST_BLOCKS), {}
  for block = 1, count do
    local positions = { block = block }
    for at = (block - 1) * all // count + 1, block * all // count do
      positions[#positions + 1] = at
    end
    list[block] = positions
  end
  return list
end

local function present(values, positions)
  local list = {}
  for _, at in ipairs(positions) do
    if values[at] then
      list[#list + 1] = values[at]
    end
  end
  return list
end

local function block_of(group, positions)
  local block = { block = positions.block, finished = #positions, failed = 0 }
  for _, at in ipairs(positions) do
    block.failed = block.failed + (group.bad[at] and 1 or 0)
  end
  for _, name in ipairs(reduce.metrics) do
    local found = quantile.several(present(group.values[name], positions), { 0.5, 0.95, 0.99 })
    if found then
      block[name] = found[1]
      if with_tails[name] then
        block[name .. "_p95"], block[name .. "_p99"] = found[2], found[3]
      end
    end
  end
  return block
end

-- What to ask of the sorted values for a percentile and its interval: three shares; nil and how many values would
-- do where there are too few.
local function places(count, p)
  local low, high = stats.quantile_positions(count, p)
  if not low then
    return nil, high
  end
  return { p, (low - 1) / (count - 1), (high - 1) / (count - 1) }
end

local function tails_of(list)
  local found = {}
  for name, p in pairs(reduce.tails) do
    local wanted, needed = places(#list, p)
    local got = wanted and quantile.several(list, wanted)
    found[name] = got and { value = got[1], low = got[2], high = got[3] } or { needed = needed }
  end
  return found
end

local function add_totals(group)
  group.tails = {}
  for _, name in ipairs(reduce.metrics) do
    local list = {}
    for at = 1, group.work.finished do
      list[#list + 1] = group.values[name][at] or nil
    end
    group.work[name], group.work[name .. "_n"] = quantile.linear(list, 0.5), #list
    if with_tails[name] and #list > 0 then
      group.tails[name] = tails_of(list)
    end
  end
  local lengths = quantile.several(group.tokens, { 0, 0.5, 1 }) or {}
  group.work.tokens_min, group.work.tokens_median, group.work.tokens_max = lengths[1], lengths[2], lengths[3]
end

local function finishes_of(reasons)
  local list = {}
  for reason, count in pairs(reasons) do
    list[#list + 1] = { reason = reason, n = count }
  end
  table.sort(list, function(a, b)
    return a.n > b.n or a.n == b.n and a.reason < b.reason
  end)
  return list
end

-- After the last row.
function reduce.finish(group)
  local positions = (group.by == "prompt" or group.in_rounds) and keyed_positions(group) or equal_positions(group)
  group.blocks = {}
  for i, one in ipairs(positions) do
    group.blocks[i] = block_of(group, one)
  end
  add_totals(group)
  group.finishes = finishes_of(group.reasons)
  group.keys, group.bad, group.values, group.tokens, group.reasons = nil, nil, nil, nil, nil
end

return reduce
