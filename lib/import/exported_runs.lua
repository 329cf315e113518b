-- Files of `bench export`, or whole databases: every run in them that is not here yet.
local ask = require "report.ask"
local store = require "core.store"

local exported_runs = {}

local function known(uuid, shard)
  local row = ask.row("import/run_here", uuid, shard)
  return row and row.id
end

-- A part is taken in with the others of its run.
local function take(row)
  if row.shard > 0 then
    return { part_of = row.uuid }
  end
  local result = { tool = row.scenario, uuid = row.uuid, requests = 0, left = {} }
  result.run = known(row.uuid, row.shard)
  result.already = result.run ~= nil
  if row.status == "running" and not result.already then
    return { problem = ("its run %d is still going on, or was cut off: open it with bench show first"):format(row.id) }
  elseif not result.already then
    result.run = store.copy_run(row.id)
  end
  result.requests = ask.row("import/requests_here", result.run).n
  return result
end

local function take_all()
  local results = {}
  for _, row in ipairs(ask.rows "import/runs_of_file") do
    results[#results + 1] = take(row)
  end
  return results
end

-- -> a list of what became of each run, or nil, message
function exported_runs.take(path)
  local attached, message = store.attach_runs(path)
  if not attached then
    return nil, message
  end
  local results = store.transaction(take_all)
  store.detach()
  return results
end

return exported_runs
