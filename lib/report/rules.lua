-- What may spoil the numbers of a run: THE table of warnings that all its rows together decide (what one
-- answer shows by itself is said by bench.warnings while the run goes on). A rule asks one question of the
-- kept rows; each row of the answer is one warning: what happened, why it matters, what to try. ?1 is the run. Many
-- ask how many measured requests of a backend are such (share), among all or some (among): one reading answers them.
-- The same reading tells of others what must hold before they can have an answer, of one of a backend's measured
-- requests (any) or of all together (when), and a question of few rows whether they may have one (may): most runs are
-- spared most questions.
local answered = require "report.answered"
local basis = require "report.basis"
local between = require "report.between"
local lists = require "bench.lists"
local pace = require "report.pace"
local rule = require "report.rule"
local sanity = require "report.sanity"

local rules = {}

rules.list = {}
for _, list in ipairs { answered, between, basis, pace, sanity } do
  lists.append(rules.list, list)
end

-- The columns of the one reading: those of rules that ask for a share, and whether another one is worth its question.
-- What several ask for is worked out once. -> the list; the column of a rule by its index, and that of its total
local function columns()
  local list, names, tells, totals = {}, {}, {}, {}
  local function column(expression)
    if not names[expression] then
      names[expression] = "n" .. #list + 1
      list[#list + 1] = expression .. " AS " .. names[expression]
    end
    return names[expression]
  end
  -- a condition that is counted by is left where it fails first; as a value all of it is worked out
  local function counted(condition)
    return column(("count(*) FILTER (WHERE %s)"):format(condition))
  end
  for index, one in ipairs(rules.list) do
    if one.share then
      -- what is rare first: of most rows nothing more is asked
      tells[index] = counted(one.among and one.share .. " AND " .. one.among or one.share)
      totals[index] = one.among and counted(one.among) or column("count(*)")
    elseif one.any then
      tells[index] = counted(one.any)
    elseif one.when then
      tells[index] = column(one.when)
    end
  end
  return table.concat(list, ", "), tells, totals
end

-- Rows of one backend need no sorting into groups, which is a fifth of the time.
local function grouping(query, run)
  return #query("SELECT 1 FROM backend WHERE run = ?1", run) > 1 and "GROUP BY backend" or ""
end

-- What one reading of the rows says: index of a rule -> the backends that it holds of, as { backend, n, total }.
local function read(query, run)
  local found = {}
  for index in ipairs(rules.list) do
    found[index] = {}
  end
  local list, tells, totals = columns()
  for _, row in ipairs(query(rule.measured(list, grouping(query, run)), run)) do
    for index, holding in ipairs(found) do
      local n = row[tells[index]]
      if n and n > 0 then
        holding[#holding + 1] = { backend = row.backend, n = n, total = row[totals[index]] }
      end
    end
  end
  return found
end

local function answers(one, holding, query, run)
  if one.share or (one.any or one.when) and #holding == 0 then
    return holding
  elseif one.may and #query(one.may, run) == 0 then
    return {}
  end
  return query(one.sql, run)
end

-- Applies the rules to the kept rows: a list of { code, backend (a name or nil), text }. facts: run (the
-- number), times (the value of an option of that name), bypass (caches were bypassed).
function rules.apply(query, facts)
  local found = {}
  local holding = read(query, facts.run)
  for index, one in ipairs(rules.list) do
    for _, row in ipairs(answers(one, holding[index], query, facts.run)) do
      if not one.accept or one.accept(row, facts, query) then
        found[#found + 1] = { code = one.code, backend = row.backend, text = one.say(row, facts) }
      end
    end
  end
  return found
end

return rules
