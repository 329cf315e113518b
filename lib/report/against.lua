-- `bench run --against RUN`: that this run is not worse than an earlier one, as promises that `bench compare` judges.
local advice = require "compare.advice"
local ask = require "report.ask"
local compare = require "compare.compare"
local lists = require "bench.lists"
local report_run = require "report.run"
local sides = require "compare.sides"
local verdict = require "compare.verdict"

local against = {}

against.DEFAULT = 0.05

-- last, last~1: runs of the same scenario before this one that came to their end, but for those whose server was away.
-- Anything else as everywhere. -> a word that bench compare takes, or nil and a sentence.
local function resolve(word, number)
  local back = word == "last" and 0 or math.tointeger(word:match "^last~(%d+)$")
  if not back then
    local found, message = report_run.resolve(word)
    return found and word, message
  end
  local row = ask.row("report/run_before", number, back)
  return row and tostring(row.run), "there is no earlier run of this scenario that came to its end; this one is"
    .. " kept for the next"
end

local states = {
  regressed = { kept = 0, verdict = "broken" },
  fine = { kept = 1, verdict = "kept" },
  unknown = { verdict = "cannot tell" },
}

-- By how many percent it became worse; below 0 better.
local function worsening(line)
  if not line.ratio or line.ratio <= 0 then
    return nil
  end
  return 100 * ((line.better == "higher" and 1 / line.ratio or line.ratio) - 1)
end

local function base_of(document)
  return sides.called(document.base_run, document.runs[document.base_run].file)
end

local function sentence_of(line, phase, limit, base)
  return ("%s%s worse by < %s against %s%s"):format(line.metric, verdict.percentile(line),
    verdict.percent(limit):gsub(" ", ""), base, phase and ", " .. phase or "")
end

-- That an extra line shows no regression is no promise kept.
local function is_worth_a_line(line, state)
  return line.better ~= "neither" and (not verdict.is_extra(line) or state == "regressed")
end

-- A comparison as promises that nothing became worse by more than `limit`: as report.judge gives them.
function against.promises(document, limit)
  local results = {}
  compare.each_judged(document, function(line, pair, group)
    local state = verdict.regression(line, limit)
    if is_worth_a_line(line, state) then
      results[#results + 1] = { sentence = sentence_of(line, (group or line).phase, limit, base_of(document)),
        backend = pair and pair.new.backend or line.new_backend, label = group and group.label or line.label,
        value = worsening(line), kept = states[state].kept, verdict = states[state].verdict }
    end
  end)
  return results
end

local function other_experiments(document)
  local warnings, base = {}, base_of(document)
  for _, pair in ipairs(document.pairs) do
    if #pair.reasons > 0 then
      warnings[#warnings + 1] = { backend = pair.new.backend, code = "other_experiment", text =
        ("%s is not the same experiment as in %s (%s): what it is held against there says little. bench compare"
        .. " %s %d shows both."):format(pair.new.backend, base, table.concat(pair.reasons, ", "),
        (base:gsub("^run ", "")), document.new_run) }
    end
  end
  return warnings
end

-- What spoilt the numbers of the earlier run: its own page alone says it.
local function spoilt(document)
  local earlier = lists.filter(advice.spoilt(document), function(one) return one.run == document.base_run end)
  return lists.map(earlier, function(one)
    return { code = "base_spoilt", text = ("Of %s, which this run is held against: %s"):format(base_of(document),
      one.text) }
  end)
end

local function nothing(word, limit, reason)
  return { { sentence = ("worse by < %s against %s"):format(verdict.percent(limit):gsub(" ", ""), word),
    verdict = "no data" } }, {}, reason
end

-- number: of the run; word: whom it is held against; share: "5%" or nil. -> promises as report.judge gives them,
-- warnings, and a sentence where there was nothing to compare.
function against.judge(number, word, share)
  local digits = share and share:match "^%s*([%d.]+)"
  local limit = digits and tonumber(digits) / 100 or against.DEFAULT
  local base, message = resolve(word, number)
  if not base then
    return nothing(word, limit, message)
  end
  local document
  document, message = compare.read(base, tostring(number), { margin = limit })
  if not document then
    return nothing(word, limit, message)
  end
  local results = against.promises(document, limit)
  if #results == 0 then
    base = base_of(document)
    return nothing(base, limit, ("this run and %s have nothing in common that could be compared"):format(base))
  end
  return results, lists.append(other_experiments(document), spoilt(document))
end

return against
