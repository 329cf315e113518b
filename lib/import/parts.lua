-- Parts of a run that several workers measured and nobody took in: files of one folder, one run.
local ask = require "report.ask"
local store = require "core.store"

local parts = {}

local function whole_of(uuid)
  return ask.row("import/run_here", uuid, 0)
end

local function known(uuid)
  local whole = whole_of(uuid)
  return { tool = whole.scenario, run = whole.id, uuid = uuid,
    requests = ask.row("import/requests_here", whole.id).n, left = {} }
end

-- paths: all that are given of the run with this uuid -> what became of it.
function parts.take(uuid, paths)
  store.mend()
  local whole = whole_of(uuid)
  if whole and whole.workers then
    local result = known(uuid)
    result.already = true
    return result
  elseif whole and whole.status == "running" then
    return { problem = ("run %d still goes on; it takes its parts in when it ends"):format(whole.id) }
  end
  local run, message = store.merge_parts(paths, whole and whole.id)
  return run and known(uuid) or { problem = message }
end

return parts
