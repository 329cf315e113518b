-- Runs whose workers' files lie beside the database: whoever started the workers was killed before it took them in.
local ask = require "report.ask"
local refusal = require "report.refusal"
local source = require "core.source"
local store = require "core.store"

local leftovers = {}

-- A line for each on stderr.
function leftovers.say()
  for _, row in ipairs(ask.rows "report/runs_without_parts") do
    local folder = ("%s.workers-%s"):format(store.path(), row.uuid)
    if source.kind(folder) then
      refusal.say(("run %d was cut off before it took in what its workers measured; that is still there: "
        .. "bench import %s/*.db"):format(row.id, folder))
    end
  end
end

return leftovers
