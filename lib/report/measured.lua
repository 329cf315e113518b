-- When a run was made, and by which machine: for whoever reads its page somewhere else, or a year later.
local ask = require "report.ask"
local lists = require "bench.lists"
local number = require "report.number"
local text = require "report.text"
local when = require "report.when"

local measured = {}

-- "AMD EPYC, 2 cores"; nil where nothing is known.
local function machine_words(row)
  local name = row.device or row.cpu
  return lists.joined(", ", name and text.line(name), row.cores and number.plural(row.cores, "core"))
end

-- A sentence; nil where neither is known.
function measured.words(run)
  local at = when.of_utc(run.started_at)
  local machine = machine_words(ask.row("report/machine", run.machine) or {})
  local words = lists.joined(", ", at and ("Begun %s (%s)"):format(when.day_and_time(at), when.offset(at)),
    machine and "client on " .. machine)
  return words and words .. "."
end

return measured
