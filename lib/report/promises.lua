-- What the script expected, and whether it came true.
local fit = require "report.fit"
local lists = require "bench.lists"
local number = require "report.number"
local text = require "report.text"

local promises = {}

local meanings = { kept = "good", broken = "bad", ["no data"] = "notice", ["too few"] = "notice" }

-- The label of each load, by its phase.
function promises.loads_of(document)
  local labels = {}
  for _, phase in ipairs(document.phases) do
    labels[phase.phase] = phase.label
  end
  return labels
end

local function whose(row, loads)
  return lists.joined(", ", row.backend, row.label and "label " .. text.line(row.label),
    row.phase and "load " .. text.line(loads[row.phase] or row.phase) or row.loads and row.loads .. " loads") or ""
end

-- "<= 800ms for zh" -> "<", "ms" ("" without a unit): behind a call's parentheses and before the label, which may hold
-- such signs too.
local function bound_of(sentence)
  local behind = sentence:gsub("^%s*[%a_][%w_]*%s*%b()", "")
  local operator, unit = behind:match "([<>=])=?%s*[+-]?[%d.]+%s*(%S*)"
  return operator, unit ~= "for" and unit or ""
end

-- The unit of a value is that of its sentence's bound: "ttft p99 < 800ms" is in ms.
function promises.unit_of(sentence)
  local _, unit = bound_of(sentence)
  return unit
end

local function shown(row)
  if row.value == nil then
    return number.none
  end
  local unit = promises.unit_of(row.sentence)
  return number.short(row.value) .. (unit ~= "" and " " .. text.line(unit) or "")
end

local MANY = 3 -- loads that kept one sentence: fewer are named each

-- What one sentence was for one backend and label, in each load in which it was kept.
local function kept_key(row)
  if row.verdict == "kept" and row.phase then
    return table.concat({ row.sentence, row.backend or "", row.label or "" }, "\0")
  end
end

-- The value that came nearest to the bound: of a list of rows with one sentence.
local function nearest(rows)
  local is_least = bound_of(rows[1].sentence) == ">"
  local found = rows[1].value
  for _, row in ipairs(rows) do
    if row.value and (not found or is_least == (row.value < found)) then
      found = row.value
    end
  end
  return found
end

-- The promises in their order; of a sentence that many loads kept, one row with `loads`, their number.
local function folded(document)
  local by_key, rows = {}, {}
  for _, group in ipairs(lists.groups(document.promises, kept_key)) do
    by_key[group.key] = #group >= MANY and group or nil
  end
  for _, row in ipairs(document.promises) do
    local group = by_key[kept_key(row) or ""]
    if not group then
      rows[#rows + 1] = row
    elseif group[1] == row then
      rows[#rows + 1] = { sentence = row.sentence, verdict = "kept", value = nearest(group), backend = row.backend,
        label = row.label, loads = #group }
    end
  end
  return rows
end

local columns = { { title = "" }, { title = "" }, { title = "", right = true }, { title = "" } }
local INDENT = "  "
local SENTENCE = 2 -- its column

local function owner_of(row)
  return row[#columns]
end

-- " against run 9, load": how all sentences end, where they do.
local function one_ending(rows)
  local ending = rows[1][SENTENCE]:match " against .+$"
  for _, row in ipairs(rows) do
    if not ending or row[SENTENCE]:sub(-#ending) ~= ending then
      return ""
    end
  end
  return ending
end

-- What all rows have in common stands above them.
local function print_short(page, rows)
  local owner, ending = rows.key, one_ending(rows)
  page:heading("Promises" .. (owner ~= "" and " of " .. owner or "") .. ending)
  for _, row in ipairs(rows) do
    row[SENTENCE] = row[SENTENCE]:sub(1, -1 - #ending)
    row[#columns] = nil
  end
  page:table(columns, rows, INDENT)
end

function promises.print(page, document)
  if #document.promises == 0 then
    return
  end
  local rows, loads = {}, promises.loads_of(document)
  for i, row in ipairs(folded(document)) do
    local verdict = row.verdict or "unknown" -- another's file may leave it out
    rows[i] = { page:word(verdict, meanings[verdict] or "notice"), text.line(row.sentence),
      shown(row), whose(row, loads) }
  end
  if fit.is_too_wide(columns, rows, text.columns - #INDENT) then
    for _, list in ipairs(lists.groups(rows, owner_of)) do
      print_short(page, list)
    end
    return
  end
  page:heading "Promises"
  page:table(columns, rows, INDENT)
end

return promises
