-- Runs whose workers' files lie beside the database: whoever started the workers was killed before it took them in.
local output = require "core.output"
local store = require "core.store"

local leftovers = {}

-- A line for each on stderr.
function leftovers.say()
  local rows = store.query "SELECT id, uuid FROM run WHERE workers IS NULL AND status <> 'running' ORDER BY id"
  for _, row in ipairs(rows) do
    local folder = ("%s.workers-%s"):format(store.path(), row.uuid)
    local found = io.open(folder)
    if found then
      found:close()
      output.err(("bench: run %d was cut off before it took in what its workers measured; that is still there: "
        .. "bench import %s/*.db\n"):format(row.id, folder))
    end
  end
end

return leftovers
