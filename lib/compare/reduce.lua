-- Requests of one group become totals and blocks. A block is a round; requests outside rounds are cut, in their
-- order, into blocks of equal size; or a block is a prompt.
local cached = require "report.cached"
local stats = require "core.stats"

local reduce = {}

reduce.MOST_BLOCKS = 30 -- of requests that were not asked in rounds
reduce.metrics = { "ttft", "ttft_sched", "ttfc", "tpot", "e2e", "e2e_sched", "tokens_per_s", "decode_tps",
  "server_decode_tps", "chars_per_s" }
reduce.tails = { p95 = 0.95, p99 = 0.99 }

local without_characters = table.move(reduce.metrics, 1, #reduce.metrics - 1, 1, {})
local is_text = { chat = true, complete = true } -- calls whose answer is a text
local with_tails = { ttft = true, ttft_sched = true, tpot = true, e2e = true, e2e_sched = true }

-- What can be an error: what the end of a load or a run cut off is none.
local function ended(requests)
  return requests:without("outcome", "incomplete")
end

-- What counts for statistics: went well and was warm.
function reduce.counted(requests)
  return requests:where("outcome", "ok"):without("cold_start", 1)
end

local function metrics_of(requests)
  return is_text[requests:first "call"] and reduce.metrics or without_characters
end

local function block_of(rows, name)
  local counted, judged = reduce.counted(rows), ended(rows)
  local block = { block = name, counted = counted, first_seq = rows:first "seq", judged = judged:count(),
    errors = judged:without("outcome", "ok"):count() }
  for _, metric in ipairs(metrics_of(rows)) do
    local found = counted:quantiles(metric, with_tails[metric] and { 0.5, 0.95, 0.99 } or { 0.5 })
    if found then
      block[metric], block[metric .. "_p95"], block[metric .. "_p99"] = found[1], found[2], found[3]
    end
  end
  return block
end

local function are_in_rounds(requests)
  return requests:count "round" == requests:count()
end

-- The column that says which block a row is of; nil where they are cut.
local function key_of(requests, by)
  return by == "prompt" and "prompt" or are_in_rounds(requests) and "round" or nil
end

-- Who left, or was cut off by the end of a load: neither answered nor failed.
local function unfinished_of(requests, by)
  local found = { hits = 0, count = requests:count(), blocks = {} }
  local key = key_of(requests, by)
  for i, rows in ipairs(key and requests:where(key):groups(key) or requests:cut(reduce.MOST_BLOCKS)) do
    local ends = rows:tally "outcome"
    local hits = (ends.cancelled or 0) + (ends.incomplete or 0)
    found.hits, found.blocks[i] = found.hits + hits, hits / rows:count()
  end
  return found
end

-- Those of rounds and prompts in the order of their first requests.
local function blocks_of(finished, key)
  local blocks = {}
  for i, rows in ipairs(key and finished:where(key):groups(key) or finished:cut(reduce.MOST_BLOCKS)) do
    blocks[i] = block_of(rows, key and rows:first(key) or i)
  end
  return blocks
end

-- A percentile with its interval, which is as wide as the blocks differ; or how many values would do.
local function tail_of(counted, blocks, metric, p)
  local value, counts, hits, total = counted:quantiles(metric, { p })[1], {}, {}, 0
  for _, block in ipairs(blocks) do
    local count = block.counted:count(metric)
    if count > 0 then
      counts[#counts + 1], hits[#hits + 1] = count, block.counted:count(metric, value)
      total = total + count
    end
  end
  local low, high = stats.quantile_positions(counts, hits, p)
  if not low then
    return { needed = high }
  end
  local ends = counted:quantiles(metric, { (low - 1) / (total - 1), (high - 1) / (total - 1) })
  return { value = value, low = ends[1], high = ends[2] }
end

local function tails_of(counted, blocks, metric)
  local found = {}
  for name, p in pairs(reduce.tails) do
    found[name] = tail_of(counted, blocks, metric, p)
  end
  return found
end

-- How the requests ended.
local function totals_of(requests, finished, counted)
  local ends, sources = requests:tally "outcome", counted:tally "token_source"
  local lengths, chars = counted:quantiles("output_tokens", { 0, 0.5, 1 }) or {}, counted:quantiles("chars", { 0.5 })
  return { first_ms = requests:where("start_ms"):first "start_ms", finished = finished:count(), ok = ends.ok or 0,
    failed = finished:count() - (ends.ok or 0), empty = ends.empty or 0, truncated = ends.truncated or 0,
    incomplete = ends.incomplete or 0,
    cancelled = ends.cancelled or 0, cold = requests:where("outcome", "ok"):where("cold_start", 1):count(),
    counted = counted:count(), usage = sources.usage or 0, tokenizer = sources.tokenizer or 0,
    events = sources.events or 0, cached = cached.share(counted),
    tokens_min = lengths[1], tokens_median = lengths[2], tokens_max = lengths[3],
    chars_median = chars and chars[1],
    thought = counted:count "thought", reasoning = (counted:quantiles("reasoning_tokens", { 0.5 }) or {})[1] }
end

local function finishes_of(requests)
  local ok, list = requests:where("outcome", "ok"), {}
  if not is_text[requests:first "call"] then
    return list
  end
  for reason, count in pairs(ok:tally "finish_reason") do
    list[#list + 1] = { reason = reason, n = count }
  end
  local silent = ok:count() - ok:count "finish_reason"
  list[#list + 1] = silent > 0 and { reason = "not said", n = silent } or nil
  table.sort(list, function(a, b)
    return a.n > b.n or a.n == b.n and a.reason < b.reason
  end)
  return list
end

-- Arrivals that were turned away are errors of the block in whose time they came.
local function add_dropped(blocks, dropped)
  local at = 1
  for _, seq in ipairs(dropped) do
    while blocks[at + 1] and blocks[at + 1].first_seq < seq do
      at = at + 1
    end
    blocks[at].judged, blocks[at].errors = blocks[at].judged + 1, blocks[at].errors + 1
  end
end

-- requests: rows of requests.sql in their order; by: "label" or "prompt"; dropped: seq of each arrival that was turned
-- away meanwhile, in their order. ->
--   work     totals by name (see `totals_of`); for each metric METRIC (its median) and METRIC_n
--   finishes list of { reason, n }, the commonest first
--   blocks   list of { block, counted (its rows), first_seq, judged, errors (of these), METRIC, METRIC_p95 and
--            METRIC_p99 (of times) }, in their order
--   tails    METRIC -> p95, p99 -> { value, low, high } (95 %, by order statistics of blocks), or { needed } where n
--            is too small
--   counted  the rows of all that
--   unfinished  { hits, count, blocks (their shares) } of what was cancelled or cut off
--   in_rounds
function reduce.group(requests, by, dropped)
  local finished, counted = requests:without("outcome", "cancelled"), reduce.counted(requests)
  local group = { in_rounds = are_in_rounds(finished), unfinished = unfinished_of(requests, by),
    work = totals_of(requests, finished, counted), finishes = finishes_of(requests), tails = {}, counted = counted,
    blocks = blocks_of(finished, key_of(finished, by)) }
  if #group.blocks > 0 then
    add_dropped(group.blocks, dropped)
  end
  for _, metric in ipairs(metrics_of(requests)) do
    local median = counted:quantiles(metric, { 0.5 })
    group.work[metric], group.work[metric .. "_n"] = median and median[1], counted:count(metric)
    group.tails[metric] = median and with_tails[metric] and tails_of(counted, group.blocks, metric) or nil
  end
  return group
end

return reduce
