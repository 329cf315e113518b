-- A comparison as one document: pairs of sides, what is the same and what not, work done, lines, verdicts.
local ask = require "report.ask"
local cached = require "report.cached"
local clocks = require "compare.clocks"
local effect = require "compare.effect"
local fields = require "compare.fields"
local floor = require "compare.floor"
local lengths = require "compare.lengths"
local lines = require "compare.lines"
local lists = require "bench.lists"
local own = require "compare.own"
local prompts = require "compare.prompts"
local read = require "compare.read"
local reduce = require "compare.reduce"
local sides = require "compare.sides"
local stream = require "report.stream"
local tokens = require "compare.tokens"
local when = require "report.when"
local work = require "compare.work"

local compare = {}

local EQUAL_WITHIN = 0.05

-- one: { run, file }, as lib/compare/sides.lua has them.
local function run_facts(one)
  local row = ask.row("compare/run", one.run)
  return { started = when.of_run(row), machine = row.machine, status = row.status, file = one.file,
    simulated = row.simulated == 1, imported = row.imported == 1, scenario = row.scenario,
    spoilt = ask.rows("compare/spoilt", one.run) }
end

local function side_name(side, other)
  if side.run == other.run then
    return side.backend
  elseif side.backend == other.backend then
    return "run " .. side.run
  end
  return ("%d:%s"):format(side.run, side.backend)
end

-- Of what is common prompt by prompt; and of all, since what is common may be little, or asked more often by one.
local function prompt_tokens(rows, apart, base, new)
  local common = tokens.judge(rows)
  local all = tokens.judge_medians(prompts.median(base), prompts.median(new))
  return (apart.both == 0 or common.state ~= "differs" and all.state == "differs") and all or common
end

local function add_facts(pair, base, new)
  local rows, apart = prompts.shared(base, new)
  apart.base_cached, apart.new_cached = cached.share(base), cached.share(new)
  apart.base_held = stream.is_held_back(reduce.counted(base))
  apart.new_held = stream.is_held_back(reduce.counted(new))
  apart.base_thought, apart.new_thought = prompts.thought(base), prompts.thought(new)
  pair.fields = fields.of(pair, prompt_tokens(rows, apart, base, new), apart)
  pair.nameless = fields.is_nameless(pair.fields)
  pair.prefix = work.prefix(pair, rows)
  pair.temperature = fields.temperature(pair)
  pair.clocks = {}
  pair.clocks[1] = clocks.of(pair.base, base)
  pair.clocks[#pair.clocks + 1] = clocks.of(pair.new, new)
end

local function context_of(document, pair, base, new)
  return { by = document.by, margin = document.margin, floor = document.floor.of,
    one_run = pair.base.run == pair.new.run, base_started = document.runs[pair.base.run].started,
    new_started = document.runs[pair.new.run].started, base_name = pair.base_name, new_name = pair.new_name,
    mixed = work.is_mixed(base.work, new.work),
    done = document.runs[pair.base.run].status == "done" and document.runs[pair.new.run].status == "done" }
end

local function compared(document, pair, base, new)
  local context = context_of(document, pair, base, new)
  local group = { call = base.call, label = base.label, phase = base.phase, work = work.lines(base, new),
    mixed = context.mixed, base_blocks = #base.blocks, new_blocks = #new.blocks,
    rounds = base.in_rounds and new.in_rounds, base_requests = base.work.finished,
    length = { lengths.medians(base.work, new.work, context.mixed) } }
  group.lines, group.how, group.small = lines.of(context, base, new)
  group.apart = prompts.are_apart(base.counted, new.counted)
    and tokens.judge_medians(prompts.median(base.counted), prompts.median(new.counted)) or nil
  for _, line in ipairs(group.lines) do
    line.nameless = pair.nameless or nil
  end
  return group
end

local function alone(side, group)
  return { run = side.run, backend = side.backend, call = group.call, label = group.label, phase = group.phase }
end

-- Another tool's load has a name of its own: where each side has one group, of the same kind, these are meant.
local function pair_lone_groups(document, pair, base_list, new_list, new_by_key)
  local base, new = base_list[1], new_list[1]
  local imported = document.runs[pair.base.run].imported or document.runs[pair.new.run].imported
  if imported and #base_list == 1 and #new_list == 1 and base.call == new.call and base.key ~= new.key then
    pair.fields[#pair.fields + 1] = fields.load(base.phase, new.phase)
    new_by_key[new.key] = nil
    new.key = base.key
    new_by_key[new.key] = new
  end
end

-- A group that one side has and the other has not is named, and pooled with nothing.
local function add_groups(document, pair, base, new)
  local base_list, base_by_key = read.groups(pair.base, base, document.by)
  local new_list, new_by_key = read.groups(pair.new, new, document.by)
  pair_lone_groups(document, pair, base_list, new_list, new_by_key)
  pair.groups = {}
  for _, group in ipairs(base_list) do
    local other = new_by_key[group.key]
    if other then
      pair.groups[#pair.groups + 1] = compared(document, pair, group, other)
    else
      table.insert(document.only, alone(pair.base, group))
    end
  end
  for _, group in ipairs(new_list) do
    if not base_by_key[group.key] then
      table.insert(document.only, alone(pair.new, group))
    end
  end
end

-- Whether nothing is known to differ in the work of the two, and something is known of them.
function compare.is_one_experiment(pair)
  return #pair.reasons == 0 and not pair.nameless
end

-- Every line of the document, by what it measures.
function compare.each_line(document, take)
  for _, pair in ipairs(document.pairs) do
    for _, group in ipairs(pair.groups) do
      for _, line in ipairs(group.lines) do
        take(line, pair, group)
      end
    end
  end
  for _, line in ipairs(document.own) do
    take(line)
  end
end

-- The same, of lines that may be called a regression. Characters a second say of an answer whose tokens were counted
-- nothing new, but how long its words are.
function compare.each_judged(document, take)
  compare.each_line(document, function(line, pair, group)
    local are_counted = group and lists.find(group.lines, "metric", "tokens_per_s")
    if line.metric ~= "chars_per_s" or not are_counted then
      take(line, pair, group)
    end
  end)
end

-- What a line asks. A script may have a metric of its own that is called as one of ours.
local function question_of(line)
  return ("%s %s %s"):format(line.own and "own" or "", line.metric, line.statistic)
end

-- One question asked of several backends, labels or loads: Holm's correction, metric by metric.
local function correct(document)
  local judged = {}
  compare.each_line(document, function(line)
    judged[#judged + 1] = line.p and line or nil
  end)
  document.several = 1
  for _, family in ipairs(lists.groups(judged, question_of)) do
    document.several = math.max(document.several, #family)
    if #family > 1 then
      effect.correct(family)
    end
  end
end

local function add_runs(document, base, new)
  document.runs, document.base_run, document.new_run = {}, base.run, new.run
  for _, one in ipairs { base, new } do
    document.runs[one.run] = document.runs[one.run] or run_facts(one)
  end
  document.scenario = document.runs[new.run].scenario
  document.floor = floor.read(document.runs, document.pairs)
end

-- name of a backend of the new run -> of the one that it is held against
local function names_of(pairs_of)
  local names = {}
  for _, pair in ipairs(pairs_of) do
    names[pair.new.backend] = pair.base.backend
  end
  return names
end

local function add_own(document)
  local base_run, new_run = document.base_run, document.new_run
  document.own = {}
  if base_run ~= new_run then
    local context = { margin = document.margin, floor = document.floor.of,
      base_started = document.runs[base_run].started, new_started = document.runs[new_run].started }
    local only
    document.own, only, document.apart = own.lines(context, base_run, new_run, names_of(document.pairs))
    document.imported = document.runs[base_run].imported or document.runs[new_run].imported
    lists.append(document.only, only)
  end
end

-- settings: { margin, by = "label" | "prompt" }; within a margin that is given even a sure difference is none.
-- -> the document, or nil and a sentence.
function compare.read(base_word, new_word, settings)
  local found, only, base_side, new_side = sides.pairs(base_word, new_word)
  if not found then
    return nil, only
  end
  local document = { pairs = found, only = only, margin = settings.margin or EQUAL_WITHIN,
    by = settings.by or "label" }
  add_runs(document, base_side, new_side)
  for _, pair in ipairs(found) do
    pair.base_name, pair.new_name = side_name(pair.base, pair.new), side_name(pair.new, pair.base)
    local base, new = read.requests(pair.base), read.requests(pair.new)
    add_facts(pair, base, new)
    add_groups(document, pair, base, new)
    fields.add_groups(pair.fields, pair.groups)
    pair.reasons = fields.reasons(pair.fields)
  end
  add_own(document)
  correct(document)
  if settings.margin then
    compare.each_line(document, function(line)
      effect.disregard(line, settings.margin)
    end)
  end
  return document
end

return compare
