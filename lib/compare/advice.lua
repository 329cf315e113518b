-- How it was judged, why it cannot be told, and what would help.
local again = require "report.again"
local ask = require "report.ask"
local lengths = require "compare.lengths"
local lists = require "bench.lists"
local number = require "report.number"
local support = require "report.support"
local text = require "report.text"
local verdict = require "compare.verdict"
local when = require "report.when"

local advice = {}

local SEEN = 0.01 -- a drift smaller than that is not worth a word
local MOST_NEEDED = 1000 -- blocks that anybody would wait for

-- What a block is: "round", "prompt", "block".
local function unit_of(group, by)
  return by == "prompt" and "prompt" or group.rounds and "round" or "block"
end

local function size_of(requests, blocks)
  return blocks > 0 and requests // blocks or 0
end

-- "5 rounds, paired, in turn"
function advice.blocks(group, by)
  local word = unit_of(group, by)
  if group.how == "paired" then
    local count = 0
    for _, line in ipairs(group.lines) do
      count = math.max(count, line.base_blocks or 0)
    end
    return number.plural(count, word) .. ", paired" .. (word == "round" and ", in turn" or "")
  end
  local words = ("%s, then %d"):format(number.plural(group.base_blocks, word), group.new_blocks)
  if group.how == "reversed" then
    words = ("%s, measured after the other %d"):format(number.plural(group.base_blocks, word), group.new_blocks)
  end
  local size = size_of(group.base_requests, group.base_blocks)
  if word == "block" and size > 1 then
    words = words .. (" (of %s requests)"):format(number.grouped(size))
  end
  return words
end

local function name_of(line, titles)
  return ((titles[line.metric] or text.line(line.metric)):gsub("^%s+", "")) .. verdict.percentile(line)
end

-- List of { key, names } of the lines of which `key_of` says the same, where it says anything.
local function names_by(group, titles, key_of)
  return lists.map(lists.groups(group.lines, key_of), function(lines)
    return { key = lines.key, names = table.concat(lists.map(lines, function(line)
      return name_of(line, titles)
    end), ", ") }
  end)
end

-- Of what has one value on a side: how it varies is not known.
local function least_of_one(line)
  return line.verdict == "cannot tell" and line.low == nil and line.needed or nil
end

local function new_run(document, pair)
  return again.run(pair.new.run, document.runs[pair.new.run].file)
end

-- word: what its blocks are called. pair: nil of what is in no request.
local function needed_words(document, pair, word, one)
  local what = verdict.percent(document.margin)
  local where = pair and (" (bench show %s --requests)"):format(new_run(document, pair)) or ""
  if one.key > MOST_NEEDED then
    return ("cannot tell: %s; no sensible number of %ss would decide a %s difference, some are far off the "
      .. "others%s"):format(one.names, word, what, where)
  end
  return ("cannot tell: %s; some %s would decide a %s difference"):format(one.names, number.plural(one.key, word), what)
end

-- "TTFT, end to end: some 24 rounds would decide a 5 % difference"; and the most that is sensible.
local function needed_notes(document, pair, group, titles)
  local word, notes, most = unit_of(group, document.by), {}, nil
  for i, one in ipairs(names_by(group, titles, least_of_one)) do
    notes[i] = ("cannot tell: %s; one %s has no interval, take at least %d"):format(one.names, pair and word or "value",
      one.key)
    most = one.key
  end
  local found = names_by(group, titles, function(line)
    return line.verdict == "cannot tell" and line.low and line.needed and math.min(line.needed, MOST_NEEDED + 1) or nil
  end)
  table.sort(found, function(a, b)
    return a.key < b.key
  end)
  for _, one in ipairs(found) do
    notes[#notes + 1] = needed_words(document, pair, word, one)
    most = one.key <= MOST_NEEDED and math.max(one.key, most or 0) or most
  end
  return notes, most
end

local function drift_words(line, titles, drift, name, unit)
  return ("%s %s %.0f %% over the %ss of %s"):format(name_of(line, titles), drift < 1 and "fell" or "rose",
    100 * math.abs(drift - 1), unit, name)
end

local function is_seen(drift)
  return drift and math.abs(drift - 1) >= SEEN
end

local function drift_notes(document, pair, group, titles)
  local found, unit = {}, unit_of(group, document.by)
  for _, line in ipairs(lists.filter(group.lines, function(one) return one.statistic == "p50" end)) do
    if is_seen(line.base_drift) then
      found[#found + 1] = drift_words(line, titles, line.base_drift, pair.base_name, unit)
    end
    if is_seen(line.new_drift) then
      found[#found + 1] = drift_words(line, titles, line.new_drift, pair.new_name, unit)
    end
  end
  if #found == 0 then
    return nil
  end
  return ("drift: %s. Something changed while it was measured (heat, another process, a cache that fills)."):format(
    table.concat(found, "; "))
end

-- "no value in run 13: TTFT, end to end"
local function reason_notes(group, titles)
  local found = names_by(group, titles, function(line)
    return line.verdict ~= "equal" and line.reason or nil
  end)
  return lists.map(found, function(one)
    return one.key .. ": " .. one.names
  end)
end

-- "too small to matter, and sure: TTFT, end to end faster"
local function sure_notes(group, titles)
  local words = lists.map(names_by(group, titles, verdict.direction), function(one)
    return one.names .. " " .. one.key
  end)
  return #words > 0 and ("too small to matter, and sure: %s"):format(table.concat(words, "; ")) or nil
end

local told = { ttft = true, e2e = true }

local function prompt_words(digest)
  local row = ask.row("compare/prompt", digest)
  local words = row and row.text and text.cut(text.line(row.text), 30)
  return words and words ~= "" and ('"%s"'):format(words) or "prompt " .. digest:sub(1, 8)
end

-- 'TTFT: the ratio of "and two words" is 2.00, that of the middle prompt 1.01'
local function furthest_notes(group, titles)
  local notes = {}
  for _, line in ipairs(group.lines) do
    if line.furthest and told[line.metric] then
      notes[#notes + 1] = ("%s: the ratio of %s is %.2f, that of the middle prompt %.2f"):format(name_of(line, titles),
        prompt_words(line.furthest.prompt), line.furthest.ratio, line.furthest.middle)
    end
  end
  return notes
end

-- Where there are too few blocks, the intervals have nothing beside them (runtime/base/verdict.h).
local function unranked_note(document, group)
  for _, line in ipairs(group.lines) do
    if line.low and line.ranked == false then
      return ("fewer than 6 %ss: no rank test can decide, Student's interval does"):format(unit_of(group, document.by))
    end
  end
end

local function length_note(group)
  local a, b, unit = table.unpack(group.length, 1, 3)
  if lengths.ratio(a, b) ~= 1 then
    return ("the answers differ in length (median %s %g → %g): end to end and output rate are of different work. "
      .. "Compare TTFT and decode, or hold the length with max_tokens"):format(unit, a, b)
  end
end

local function survivors_note(group)
  for _, line in ipairs(group.lines) do
    if line.metric == "errors" and verdict.meaning(line) then
      return "the latencies are of what ended ok, and what failed may have been the slow part"
    end
  end
end

-- Of what was measured in turn no difference is put down to a drift.
local DRIFT_ADVICE = "To tell it apart from drift, measure both in one run, in turn: bench.rounds takes several "
  .. "backends."

local function times_advice(document, pair, needed)
  local times = ask.row("report/facts", pair.new.run).times
  if needed and math.type(times) == "integer" and needed > times then
    return ("More rounds: bench run --like %s --times %d"):format(new_run(document, pair), needed)
  end
end

-- Sentences below a table: why it cannot tell, and what would do.
function advice.notes(document, pair, group, titles)
  local notes, most = needed_notes(document, pair, group, titles)
  lists.append(notes, reason_notes(group, titles))
  notes[#notes + 1] = sure_notes(group, titles)
  lists.append(notes, furthest_notes(group, titles))
  notes[#notes + 1] = drift_notes(document, pair, group, titles)
  if lists.find(group.lines, "verdict", "drift") or lists.find(group.lines, "doubted", true) then
    notes[#notes + 1] = DRIFT_ADVICE
  end
  notes[#notes + 1] = times_advice(document, pair, document.by == "label" and group.rounds and most or nil)
  if group.mixed then
    notes[#notes + 1] = "~ the two counted tokens in different ways (counted by, above): rates in tokens are as good "
      .. "as that; compare characters per second"
  end
  notes[#notes + 1] = length_note(group)
  notes[#notes + 1] = survivors_note(group)
  notes[#notes + 1] = unranked_note(document, group)
  notes[#notes + 1] = support.words(group.small, titles, "an interval of ")
  return notes
end

-- The same of what the script measured by itself, whose blocks are no rounds and no prompts.
function advice.own_notes(document, titles)
  local group = { lines = document.own }
  local notes = needed_notes({ margin = document.margin }, nil, group, titles)
  lists.append(notes, reason_notes(group, titles))
  return notes
end

local function simulated_words(document)
  for _, run in pairs(document.runs) do
    if run.simulated then
      return "The server was a simulated one: these numbers show what bench prints, not how fast anything is."
    end
  end
end

local function runs_of(document)
  return document.base_run == document.new_run and { document.base_run } or { document.base_run, document.new_run }
end

local function imported_words(document)
  local words = lists.joined(", ", table.unpack(lists.map(runs_of(document), function(run)
    local known = document.runs[run]
    return known.imported and ("run %d by %s"):format(run, known.scenario)
  end)))
  return words and ("Measured by another tool, and imported: %s. How far its clock may be off is not known."):format(
    words)
end

local states = {
  crashed = "crashed", failed = "failed", interrupted = "was interrupted", running = "is still going on",
}

-- Of runs that did not come to their end, and files that were named.
local function run_words(document)
  local words = {}
  for _, place in ipairs(runs_of(document)) do
    local run = document.runs[place]
    if states[run.status] then
      words[#words + 1] = ("Run %d %s: what was measured until then is compared."):format(place, states[run.status])
    end
    if run.file then
      words[#words + 1] = ("Run %d is the one in %s."):format(place, text.line(run.file))
    end
  end
  return words
end

-- When two runs began, as far as it is known; nil of one.
local function date_words(document)
  local words = lists.joined(", ", table.unpack(lists.map(runs_of(document), function(run)
    local at = document.runs[run].started
    return at > 0 and ("run %d %s (%s)"):format(run, when.day_and_time(at), when.offset(at))
  end)))
  return document.base_run ~= document.new_run and words and ("Begun: %s."):format(words) or nil
end

-- What spoilt the numbers of either run: list of { run, code, text }.
function advice.spoilt(document)
  local list = {}
  for _, run in ipairs(runs_of(document)) do
    for _, one in ipairs(document.runs[run].spoilt) do
      list[#list + 1] = { run = run, code = one.code, text = one.text }
    end
  end
  return list
end

-- The end of the page.
function advice.last_words(document, floor_words)
  local words = {}
  if document.several > 1 then
    words[1] = ("Each metric was compared %d times: verdicts are those that survive Holm's correction."):format(
      document.several)
  end
  words[#words + 1] = date_words(document)
  lists.append(words, run_words(document))
  if #document.pairs > 0 then
    words[#words + 1] = "Values are medians of all requests; ratios compare the blocks (bench help same)."
  end
  words[#words + 1] = floor_words
  words[#words + 1] = simulated_words(document)
  words[#words + 1] = imported_words(document)
  return words
end

return advice
