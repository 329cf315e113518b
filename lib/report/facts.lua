-- What the rules and the advice of a page need to know of how a run was made.
local json = require "core.json"
local store = require "core.store"

local facts = {}

function facts.of(run)
  local row = store.query("SELECT options, script FROM run WHERE id = ?1", run)[1]
  local options = row and row.options and json.decode(row.options)
  local script = row and row.script or ""
  return {
    run = run,
    times = type(options) == "table" and options.times,
    bypass = script:find "cache%s*=%s*[\"']bypass[\"']" ~= nil,
  }
end

return facts
