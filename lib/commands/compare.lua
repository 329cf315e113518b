-- bench compare BASE [NEW]: is there a difference, and is it fair?
local against = require "report.against"
local compare = require "compare.compare"
local export = require "compare.export"
local junit = require "compare.junit"
local lists = require "bench.lists"
local options = require "core.options"
local output = require "core.output"
local page = require "compare.page"
local refusal = require "report.refusal"
local sheet = require "report.sheet"
local verdict = require "compare.verdict"

local command = {}

local REGRESSED, INCONCLUSIVE = 1, 5

-- "5%" -> 0.05; nil and a sentence for what is none.
local function share(name)
  local given = options[name]
  local digits = given and given:match "^%s*(%d+%.?%d*)%s*%%%s*$"
  if given and not (digits and tonumber(digits) > 0) then
    return nil, ("--%s is a percentage above 0, such as 5%%, not \"%s\""):format(name, given)
  end
  return digits and tonumber(digits) / 100
end

local function is_other_experiment(document)
  return #lists.filter(document.pairs, compare.is_one_experiment) < #document.pairs
end

local function count_lines(document)
  local count = 0
  compare.each_line(document, function()
    count = count + 1
  end)
  return count
end

-- What became worse by more than `limit`, and what cannot be told: lists of lines.
local function regressions(document, limit)
  local regressed, unknown = {}, {}
  compare.each_judged(document, function(line)
    local state = verdict.regression(line, limit)
    table.insert(state == "regressed" and regressed or state == "unknown" and unknown or {}, line)
  end)
  return regressed, unknown
end

local function names_of(lines)
  local names, seen = {}, {}
  for _, line in ipairs(lines) do
    local name = line.metric .. verdict.percentile(line)
    if not seen[name] then
      seen[name] = true
      names[#names + 1] = name
    end
  end
  return table.concat(names, ", ")
end

local function nothing(document)
  if #document.pairs == 0 then
    local base, new = document.runs[document.base_run].file, document.runs[document.new_run].file
    return ("they have no backend in common; bench compare %s:NAME %s:NAME compares two that are called differently")
      :format(base or document.base_run, new or document.new_run)
  end
  return "the two have nothing in common that could be compared"
end

-- The exit code, and a sentence for stderr.
local function result(document, limit)
  if count_lines(document) == 0 then
    return INCONCLUSIVE, nothing(document)
  end
  local regressed, unknown = {}, {}
  if limit then
    regressed, unknown = regressions(document, limit)
  end
  if #regressed > 0 then
    return REGRESSED, ("worse by more than %s: %s"):format(verdict.percent(limit), names_of(regressed))
  elseif options.strict and is_other_experiment(document) then
    return INCONCLUSIVE, "not the same experiment"
  elseif #unknown > 0 then
    return INCONCLUSIVE, ("cannot tell whether it is worse by more than %s: %s"):format(verdict.percent(limit),
      names_of(unknown))
  end
  return 0
end

local function print_document(document, format, limit)
  if format == "json" then
    output.out(export.json(document) .. "\n")
  elseif format == "csv" or format == "jsonl" then
    sheet.print(export.rows(document), format, output.out)
  elseif format == "junit" then
    junit.print(document, limit or against.DEFAULT, options.strict, output.out)
  else
    page.print(document, format, output.out)
  end
end

function command.main()
  local words = options.arguments
  if #words < 1 or #words > 2 then
    return refusal.say "say what to compare: bench compare BASE [NEW], each a RUN or RUN:BACKEND"
  end
  local margin, wrong = share "equal-within"
  local limit
  if not wrong then
    limit, wrong = share "max-regression"
  end
  if wrong then
    return refusal.say(wrong)
  end
  local document, message = compare.read(words[1], words[2], { margin = margin, by = options.by })
  if not document then
    return refusal.say(message)
  end
  local code, sentence = result(document, limit)
  print_document(document, options.format or "table", limit)
  if sentence then
    refusal.say(sentence)
  end
  return code
end

return command
