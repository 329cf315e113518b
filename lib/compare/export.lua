-- A comparison for machines: rows for csv and jsonl, one JSON document.
local advice = require "compare.advice"
local compare = require "compare.compare"
local floor = require "compare.floor"
local json = require "bench.json"
local lists = require "bench.lists"
local verdict = require "compare.verdict"

local export = {}

export.columns = { "base_run", "base_backend", "new_run", "new_backend", "call", "label", "phase", "metric",
  "statistic", "unit", "base", "new", "base_n", "new_n", "base_blocks", "new_blocks", "how", "ratio", "low", "high",
  "p", "p_adjusted", "floor", "verdict", "reason", "needed", "same_experiment" }

local copied = { "metric", "statistic", "unit", "base", "new", "base_n", "new_n", "base_blocks", "new_blocks", "ratio",
  "low", "high", "p", "p_adjusted", "floor", "reason", "needed", "label", "phase" }

-- What every form has of a line.
local function copy_of(document, line)
  local copy = { verdict = verdict.words(line, document.margin) }
  for _, name in ipairs(copied) do
    copy[name] = line[name]
  end
  return copy
end

local function row_of(document, line, pair, group)
  local row = copy_of(document, line)
  row.base_run, row.new_run = document.base_run, document.new_run
  row.base_backend, row.new_backend = line.backend, line.backend
  if group then
    row.base_run, row.new_run = pair.base.run, pair.new.run
    row.base_backend, row.new_backend = pair.base.backend, pair.new.backend
    row.call, row.label, row.phase, row.how = group.call, group.label, group.phase, group.how
    row.same_experiment = compare.is_one_experiment(pair) and 1 or 0
  end
  return row
end

-- One row for each line, with `columns`.
function export.rows(document)
  local rows = { columns = export.columns }
  compare.each_line(document, function(line, pair, group)
    rows[#rows + 1] = row_of(document, line, pair, group)
  end)
  return rows
end

local function list(items, make)
  return json.array(lists.map(items, make))
end

local function line_object(document)
  return function(line)
    local object = copy_of(document, line)
    object.meaning, object.sure = verdict.meaning(line), line.sure
    object.base_drift, object.new_drift, object.mixed_tokens = line.base_drift, line.new_drift, line.mixed_tokens
    object.furthest = line.furthest
    return object
  end
end

local function group_object(document)
  return function(group)
    return { call = group.call, label = group.label, phase = group.phase, how = group.how,
      base_blocks = group.base_blocks, new_blocks = group.new_blocks, work = json.array(group.work),
      too_small_for = json.array(group.small), lines = list(group.lines, line_object(document)) }
  end
end

local function pair_object(document)
  return function(pair)
    return {
      base = { run = pair.base.run, backend = pair.base.backend },
      new = { run = pair.new.run, backend = pair.new.backend },
      same_experiment = compare.is_one_experiment(pair), reasons = json.array(pair.reasons),
      fields = json.array(pair.fields),
      common_prefix = pair.prefix, clocks = list(pair.clocks, function(one)
        return { run = one.run, backend = one.backend, ttft_ms = one.ttft_ms, server_ms = one.server_ms,
          gap_ms = one.gap_ms, decode_tps = one.decode_tps, server_decode_tps = one.server_decode_tps,
          warnings = json.array(one.warnings) }
      end),
      groups = list(pair.groups, group_object(document)),
    }
  end
end

-- The text of one JSON document.
function export.json(document)
  return json.encode {
    base_run = document.base_run, new_run = document.new_run, by = document.by, equal_within = document.margin,
    floor = { by_metric = document.floor.by_metric, unmeasured = floor.UNMEASURED, day = document.floor.day },
    comparisons_of_one_metric = document.several,
    pairs = list(document.pairs, pair_object(document)), own = list(document.own, line_object(document)),
    only = json.array(document.only), warnings = json.array(advice.spoilt(document)),
  }
end

return export
