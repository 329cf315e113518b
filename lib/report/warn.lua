-- Keeps the warnings that all rows of a run together decide.
local ask = require "report.ask"
local rules = require "report.rules"
local store = require "core.store"

local warn = {}

-- name -> number
function warn.backends(run)
  local numbers = {}
  for _, row in ipairs(ask.rows("report/numbers", run)) do
    numbers[row.backend] = row.number
  end
  return numbers
end

-- warnings: a list of { code, backend (a name or nil), text }
function warn.write(run, warnings, numbers)
  for _, warning in ipairs(warnings) do
    store.write("warning", run, numbers[warning.backend], nil, warning.code, warning.text)
  end
end

local unsure = { plan_not_kept = true, nothing_measured = true }

-- facts: as rules.apply takes them. Whether a load was not as it was meant: no number of it is certain.
function warn.apply(facts, numbers)
  local found, is_unsure = rules.apply(store.query, facts), false
  warn.write(facts.run, found, numbers)
  for _, warning in ipairs(found) do
    is_unsure = is_unsure or unsure[warning.code]
  end
  return is_unsure
end

return warn
