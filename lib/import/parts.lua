-- Parts of a run that several workers measured and nobody took in: files of one folder, one run.
local store = require "core.store"

local parts = {}

local function whole_of(uuid)
  return store.query("SELECT id, status, workers FROM run WHERE uuid = ?1 AND shard = 0", uuid)[1]
end

local function known(run, uuid)
  local counted = store.query("SELECT count(*) AS n FROM request WHERE run = ?1", run)[1].n
  return { tool = store.query("SELECT scenario FROM run WHERE id = ?1", run)[1].scenario, run = run, uuid = uuid,
    requests = counted, left = {} }
end

-- paths: all that are given of the run with this uuid -> what became of it.
function parts.take(uuid, paths)
  store.mend()
  local whole = whole_of(uuid)
  if whole and whole.workers then
    local result = known(whole.id, uuid)
    result.already = true
    return result
  elseif whole and whole.status == "running" then
    return { problem = ("run %d still goes on; it takes its parts in when it ends"):format(whole.id) }
  end
  local run, message = store.merge_parts(paths, whole and whole.id)
  return run and known(run, uuid) or { problem = message }
end

return parts
