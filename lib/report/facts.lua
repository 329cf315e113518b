-- What the rules and the advice of a page need to know of how a run was made.
local ask = require "report.ask"
local json = require "core.json"

local facts = {}

function facts.of(run)
  local row = ask.row("report/run", run)
  local options = row and row.options and json.decode(row.options)
  local script = row and row.script or ""
  return {
    run = run,
    times = type(options) == "table" and options.times,
    bypass = script:find "cache%s*=%s*[\"']bypass[\"']" ~= nil,
    has_loads = script:find "bench%.load" ~= nil,
    listens = script:find "on_token" ~= nil,
  }
end

return facts
