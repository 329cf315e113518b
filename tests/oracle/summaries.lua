-- run_summary: every line, with every statistic.
local figures = require "figures"
local outside = require "outside"
local raw = require "raw"

local kept = { "ttft", "ttfc", "tpot", "e2e", "tokens", "prompt_tokens", "chars_per_s", "tokens_per_s", "decode_tps",
  "server_decode_tps", "server_prefill_tps", "server_load", "server_queue", "server_prefill", "connect" }
local planned = { "wait", "ttft_sched", "e2e_sched" }

local function key_of(backend, call, label, phase, metric)
  return ("%s|%s|%s|%s|%s"):format(backend or "", call or "", label or "", phase or "", metric)
end

local function add(lines, key, values, is_missing)
  local line = lines[key] or { values = {}, missing = 0 }
  lines[key] = line
  table.move(values, 1, #values, #line.values + 1, line.values)
  line.missing = line.missing + (is_missing and 1 or 0)
end

local function expected(found)
  local lines = {}
  for _, one in ipairs(found.requests) do
    if one.counted then
      local function take(metric, values)
        add(lines, key_of(one.backend, one.call, one.label, one.phase, metric), values, #values == 0)
      end
      for _, metric in ipairs(kept) do
        take(metric, { one.values[metric] })
      end
      for _, metric in ipairs(one.values.wait and planned or {}) do
        take(metric, { one.values[metric] })
      end
      take("icl", one.icl)
      take("itl", one.itl)
    end
  end
  for _, row in ipairs(found.metrics) do
    local one = found.by_seq[row.seq] or {}
    if row.seq == nil or one.kind == "measure" and one.row.cold_start ~= 1 then
      add(lines, key_of(one.backend, one.call, row.label or one.label, one.phase, row.name), { row.value })
    end
  end
  return lines
end

return function(context)
  local lines = expected(context.found)
  for _, row in ipairs(raw.rows(context.database, "SELECT * FROM run_summary WHERE run = " .. context.run)) do
    local key = key_of(row.backend, row.call, row.label, row.phase, row.metric)
    local line = lines[key]
    outside.check(line ~= nil, "seed %d: summary has %s", context.seed, key)
    local want = line and figures.of(line.values) or {}
    for _, name in ipairs(figures.names) do
      outside.check(not line or figures.same(row[name], want[name]), "seed %d: summary %s %s: %s, the oracle says %s",
        context.seed, key, name, row[name], want[name])
    end
    outside.check(not line or row.missing == line.missing, "seed %d: summary %s: %s missing, the oracle says %s",
      context.seed, key, row.missing, line and line.missing)
    lines[key] = nil
  end
  for key in pairs(lines) do
    outside.check(false, "seed %d: summary lacks %s", context.seed, key)
  end
end
