-- Two clocks: what a server says of itself against what we saw. Where they disagree something lies between.
local cached = require "report.cached"
local lists = require "bench.lists"
local number = require "report.number"
local reduce = require "compare.reduce"

local clocks = {}

-- Bounds, printed with the warnings that they decide.
local GAP_MS, GAP_SHARE = 20, 0.2
local DECODE_SHARE = 0.1

local function reasons(row, decode)
  return lists.joined("; ",
    row.together > 0.2 and "chunks that hold several tokens, or a proxy that buffers (events came together)",
    row.reasoned > 0.2 and "reasoning that is not sent", row.cached > 0.2 and not decode and "its cache")
    or decode and "a proxy, a slow reader, tokens that are not sent"
    or "a proxy, a queue that it does not count, or tokens that are held back"
end

local function first_token(row)
  if not row.gap or math.abs(row.gap) <= math.max(GAP_MS, GAP_SHARE * row.ttft) then
    return nil
  end
  if row.gap < 0 then
    return ("its clock counts %s ms before the first token, ours came after %s ms: its figures are of something "
      .. "else (bound %d ms and %.0f %%)"):format(number.short(row.before), number.short(row.ttft), GAP_MS,
      100 * GAP_SHARE)
  end
  return ("%s of %s ms until the first token are not in its own load, queue and prefill (bound %d ms and %.0f %%). "
    .. "Likely: %s"):format(number.short(row.gap), number.short(row.ttft), GAP_MS, 100 * GAP_SHARE, reasons(row))
end

local function decode(row)
  if not (row.ours and row.its and row.its > 0) or math.abs(row.ours / row.its - 1) <= DECODE_SHARE then
    return nil
  end
  return ("it decodes %s tok/s by its own clock, %s by ours (bound %.0f %%). Likely: %s"):format(
    number.short(row.its), number.short(row.ours), 100 * DECODE_SHARE, reasons(row, true))
end

local function median(rows, column)
  local found = rows:quantiles(column, { 0.5 })
  return found and found[1]
end

-- Shares of the answers: of which events came together, that reasoned, whose prompt was cached; of the prompts' tokens
-- where these were told: a template that all prompts begin with spares next to nothing.
local function shares_of(rows)
  local together, reasoned, from_cache = 0, 0, 0
  for _, same in ipairs(rows:groups "flags") do
    local flags, count = same:first "flags", same:count()
    together = together + ((flags:find "burst" or flags:find "coalesced") and count or 0)
    from_cache = from_cache
      + (flags:find "cached" and count or same:where("cached_tokens"):without("cached_tokens", 0):count())
    reasoned = reasoned + same:where("reasoning_tokens"):without("reasoning_tokens", 0):count()
  end
  local all = rows:count()
  return together / all, reasoned / all, cached.share(rows) or from_cache / all
end

-- side, and its requests as rows of requests.sql -> { ttft_ms, server_ms, gap_ms, decode_tps, server_decode_tps,
-- warnings (sentences) }, or nil where the server says nothing of its own clock.
function clocks.of(side, requests)
  local rows = reduce.counted(requests):where "before"
  if rows:count() == 0 then
    return nil
  end
  local long = rows:where "long"
  local row = { ttft = median(rows, "ttft"), before = median(rows, "before"), gap = median(rows, "gap"),
    ours = median(long, "decode_tps"), its = median(long, "server_decode_tps") }
  row.together, row.reasoned, row.cached = shares_of(rows)
  local warnings = {}
  warnings[#warnings + 1] = first_token(row)
  warnings[#warnings + 1] = decode(row)
  return { run = side.run, backend = side.backend, ttft_ms = row.ttft, server_ms = row.before, gap_ms = row.gap,
    decode_tps = row.ours, server_decode_tps = row.its, warnings = warnings }
end

return clocks
