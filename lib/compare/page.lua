-- A comparison for people: what is the same, the work done, effects and verdicts, what to do next.
local again = require "report.again"
local fit = require "report.fit"
local floor = require "compare.floor"
local lists = require "bench.lists"
local next_steps = require "compare.advice"
local number = require "report.number"
local numbers = require "report.numbers"
local pages = require "report.page"
local sides = require "compare.sides"
local tables = require "report.table"
local text = require "report.text"
local verdict = require "compare.verdict"

local page = {}

local titles = { ttft = "TTFT", ttft_sched = "TTFT from plan", ttfc = "TTFC", tpot = "TPOT", e2e = "end to end",
  e2e_sched = "E2E from plan", tokens_per_s = "output rate", decode_tps = "decode",
  server_decode_tps = "  its own clock", chars_per_s = "answer", errors = "errors", unfinished = "unfinished" }

local NAME = 14 -- columns of a backend's name above its values
local MOST_OPTIONS = 8 -- that are the same and named

local function title(document, pair)
  if document.base_run == document.new_run then
    return ("run %d   %s → %s"):format(pair.base.run, pair.base.backend, pair.new.backend)
  elseif pair.base.backend == pair.new.backend then
    return ("run %d → run %d   %s"):format(pair.base.run, pair.new.run, pair.base.backend)
  end
  return ("run %d:%s → run %d:%s"):format(pair.base.run, pair.base.backend, pair.new.run, pair.new.backend)
end

-- What is held for the same model may be called differently: "model qwen2:0.5b = Qwen2-0.5B-Instruct".
local function same_words(field)
  if not field.base or field.base == "" then
    return field.name
  end
  local there = field.name == "model" and field.new ~= field.base and " = " .. field.new or ""
  return field.name .. " " .. field.base .. there
end

local function field_words(field)
  if field.state == "same" then
    return same_words(field)
  end
  local words = ("%s %s → %s"):format(field.name, field.base or number.none, field.new or number.none)
  return field.words and words .. " (" .. field.words .. ")" or words
end

local function silent(field, pair)
  if field.silent then
    return field.silent
  elseif not field.base == not field.new then
    return "neither says"
  end
  return (field.base and pair.new_name or pair.base_name) .. " does not say"
end

-- "KV cache, chat template (neither says)"
local function unknown_words(pair)
  local by_who = lists.groups(pair.fields, function(field)
    local is_told = field.state == "unknown" and not (field.quiet and not field.base and not field.new)
    return is_told and silent(field, pair) or nil
  end)
  return lists.map(by_who, function(fields)
    return ("%s (%s)"):format(table.concat(lists.column(fields, "name"), ", "), fields.key)
  end)
end

-- What is the same and what differs, in words; many options that are the same are but counted.
local function known_words(pair)
  local same, differs, options = {}, {}, {}
  for _, field in ipairs(pair.fields) do
    if field.state ~= "unknown" then
      local is_option = field.state == "same" and field.name:find "^%-%-"
      table.insert(is_option and options or field.state == "same" and same or differs, field_words(field))
    end
  end
  same[#same + 1] = #options > MOST_OPTIONS and ("%d options"):format(#options)
    or #options > 0 and table.concat(options, "; ") or nil
  return same, differs
end

local function print_fields(paper, pair)
  local same, differs = known_words(pair)
  local unknown = unknown_words(pair)
  for _, entry in ipairs { { "same", same }, { "differs", differs }, { "unknown", unknown } } do
    if #entry[2] > 0 then
      paper:entry(entry[1], 7, table.concat(entry[2], "; "))
    end
  end
end

local function print_experiment(paper, pair)
  if pair.nameless then
    paper:heading("NOTHING IS KNOWN ABOUT EITHER BACKEND", "bad")
    paper:paragraph("No model, no quantisation, no engine is recorded. A difference below is one between two"
      .. " set-ups that nobody can name, so no engine is the winner of it (bench help same).")
  end
  if #pair.reasons > 0 then
    paper:heading(("NOT THE SAME EXPERIMENT (%s)"):format(table.concat(pair.reasons, ", ")), "bad")
    paper:paragraph 'Read the verdicts as "this set-up", not as "this engine" (bench help same).'
  end
end

local function prefix_words(pair)
  local found = pair.prefix
  local at = pair.temperature and (" (temperature %s)"):format(number.short(pair.temperature)) or ""
  if found.identical == found.prompts then
    return ("the first answers to %s are identical%s"):format(number.plural(found.prompts, "prompt"), at)
  elseif found.least == 0 then
    return ("the first answers%s have not even their first character in common%s"):format(
      found.prompts > 1 and (" to some of %d prompts"):format(found.prompts) or "", at)
  end
  return ("the first answers begin with the same %s%s"):format(number.plural(found.least, "character"),
    (found.prompts > 1 and " or more" or "") .. at)
end

local function print_work(paper, group, pair, is_first)
  local width = 0
  for _, line in ipairs(group.work) do
    width = math.max(width, #line.name)
  end
  if width > 0 or is_first and pair.prefix then
    paper:heading "Work done"
  end
  for _, line in ipairs(group.work) do
    local words = line.base == line.new and line.base or ("%s → %s"):format(line.base, line.new)
    paper:entry(line.name, width, line.differs and words .. "  (differs)" or words)
  end
  if is_first and pair.prefix then
    paper:entry("answers", width, prefix_words(pair))
  end
end

local function ratio_cells(line)
  if not line.ratio then
    return number.none, number.none
  end
  local decimals = line.high and line.high - line.low < 0.1 and 3 or 2
  local function shown(value)
    return value >= 1000 and ("%.3g"):format(value) or ("%." .. decimals .. "f"):format(value)
  end
  return shown(line.ratio), line.low and shown(line.low) .. " .. " .. shown(line.high) or number.none
end

local colours = { better = "good", worse = "bad" }

local function cells_of(line, margin)
  local values, unit = numbers.scaled({ line.base, line.new }, 2, line.unit)
  local decimals = line.statistic == "share" and 1 or number.decimals(values, 2)
  local name = titles[line.metric] or text.cut(text.line(line.metric), line.single and 48 or 20)
  if line.own and (line.backend or line.label or line.phase) then
    name = name .. " " .. text.line(lists.joined(" ", line.label or line.backend, line.phase))
  end
  local ratio, interval = ratio_cells(line)
  return { name .. verdict.percentile(line), text.line(unit) .. (line.mixed_tokens and " ~" or ""),
    number.visible(values[1], decimals), number.visible(values[2], decimals), ratio, interval,
    verdict.words(line, margin) or number.none, meaning = colours[verdict.meaning(line)] }
end

local VALUES, RATIO = 4, 5 -- columns that stay beside each other on a narrow terminal: up to the values, or the ratio

-- What is sure of each ratio below it; the ratio, too, where that has no room either.
local function print_folded(paper, columns, rows)
  local kept = table.move(columns, 1, RATIO, 1, {})
  if fit.is_too_wide(kept, rows, fit.columns()) then
    kept[RATIO] = nil
  end
  local printed = tables.lines(kept, rows)
  paper:line(printed[1])
  for i, row in ipairs(rows) do
    paper:line(printed[i + 1])
    paper:line((#kept == VALUES and "    ratio " or "    ") .. table.concat(row, "  ", #kept + 1))
  end
end

local function print_lines(paper, list, margin, base_name, new_name)
  local columns = { { title = "" }, { title = "" }, { title = text.cut(base_name, NAME), right = true },
    { title = text.cut(new_name, NAME), right = true }, { title = "ratio", right = true },
    { title = "95 % interval", right = true }, { title = "verdict" } }
  local rows = {}
  for i, line in ipairs(list) do
    rows[i] = cells_of(line, margin)
  end
  local is_folded = not paper.markdown and fit.is_too_wide(columns, rows, fit.columns())
  for _, row in ipairs(rows) do
    row[#columns] = row.meaning and paper:word(row[#columns], row.meaning) or row[#columns]
  end
  paper:line()
  if is_folded then
    print_folded(paper, columns, rows)
  else
    paper:table(columns, rows)
  end
end

local function group_title(group)
  return lists.joined(", ", group.call, group.label and "label " .. text.line(group.label),
    group.phase and text.line(group.phase))
end

local function print_notes(paper, notes)
  if #notes > 0 then
    paper:line()
  end
  for _, words in ipairs(notes) do
    if paper.markdown then
      paper:item(words)
    else
      paper:remark(words)
    end
  end
end

local function print_group(paper, document, pair, group, is_first)
  if #pair.groups > 1 then
    paper:heading(group_title(group), "strong")
    paper:item(next_steps.blocks(group, document.by))
  end
  print_work(paper, group, pair, is_first)
  print_lines(paper, group.lines, document.margin, pair.base_name, pair.new_name)
  print_notes(paper, next_steps.notes(document, pair, group, titles))
end

local function print_clocks(paper, pair)
  for _, one in ipairs(pair.clocks) do
    for _, words in ipairs(one.warnings) do
      paper:warning(("%s: %s."):format(one.run == pair.base.run and one.backend == pair.base.backend and pair.base_name
        or pair.new_name, words))
    end
  end
end

local function print_pair(paper, document, pair)
  local right = #pair.groups == 1 and next_steps.blocks(pair.groups[1], document.by) or ""
  paper:title(title(document, pair), right)
  print_fields(paper, pair)
  print_experiment(paper, pair)
  for i, group in ipairs(pair.groups) do
    print_group(paper, document, pair, group, i == 1)
  end
  print_clocks(paper, pair)
end

local function name_of(one)
  local unit = one.unit and one.unit ~= "" and ("(%s)"):format(text.line(one.unit))
  return lists.joined(", ", one.backend, one.call, one.label and "label " .. text.line(one.label),
    one.phase and text.line(one.phase),
    one.metric and lists.joined(" ", text.line(one.metric), unit))
end

-- Another tool's numbers that the other run lacks are many: how many, and where they are.
local function print_only_of_tools(paper, document)
  local counts = {}
  for _, one in ipairs(document.only) do
    if one.tool then
      counts[one.run] = (counts[one.run] or 0) + 1
    end
  end
  for _, run in ipairs { document.base_run, document.new_run } do
    if counts[run] then
      paper:item(("%s as %s defines %s: only in run %d (bench show %s)"):format(number.plural(counts[run], "number"),
        document.runs[run].scenario, counts[run] == 1 and "it" or "them", run, again.run(run, document.runs[run].file)))
    end
  end
end

-- is_below: something stands above it.
local function print_only(paper, document, is_below)
  if #document.only > 0 and is_below then
    paper:line()
  end
  print_only_of_tools(paper, document)
  if document.apart then
    paper:item(("run %d has %d loads, and a tool's numbers are of one: a run of that load alone is held against them")
      :format(document.apart.run, document.apart.loads))
  end
  for _, one in ipairs(document.only) do
    if not one.tool then
      local where = document.base_run == document.new_run and "there"
        or "in " .. sides.called(one.run, document.runs[one.run].file)
      paper:item(("%s: only %s"):format(name_of(one), where))
    end
  end
end

-- Prints the document as a page, in format "table" or "md".
function page.print(document, format, write)
  local paper = pages.new(format, write)
  for i, pair in ipairs(document.pairs) do
    if i > 1 then
      paper:line()
    end
    print_pair(paper, document, pair)
  end
  if #document.own > 0 then
    paper:heading(document.imported and "As the tools define them" or "Measured by the script")
    print_lines(paper, document.own, document.margin, "run " .. document.base_run, "run " .. document.new_run)
    print_notes(paper, next_steps.own_notes(document, titles))
  end
  local compared = #document.pairs > 0 or #document.own > 0
  print_only(paper, document, compared)
  if not compared then
    return
  end
  paper:line()
  for _, one in ipairs(next_steps.spoilt(document)) do
    paper:warning(("run %d: %s"):format(one.run, one.text))
  end
  for _, words in ipairs(next_steps.last_words(document, floor.words(document.floor))) do
    paper:remark(words)
  end
end

return page
