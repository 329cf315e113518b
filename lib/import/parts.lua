-- Parts of a run that several workers measured and nobody took in: files of one folder, one run.
local ask = require "report.ask"
local core_text = require "core.text"
local source = require "core.source"
local store = require "core.store"

local parts = {}

local MOST = 256 -- workers of a run

local function whole_of(uuid)
  return ask.row("import/run_here", uuid, 0)
end

local function known(uuid)
  local whole = whole_of(uuid)
  return { tool = whole.scenario, run = whole.id, uuid = uuid,
    requests = ask.row("import/requests_here", whole.id).n, left = {} }
end

-- A part that lies where its process left it, beside one of these, and is not among them; and their folder.
local function left_out(uuid, paths)
  local folders, given = {}, {}
  for _, path in ipairs(paths) do
    local folder = path:match "^(.*)/%d+%.db$" or "."
    given[path] = true
    folders[folder] = folder:sub(-#uuid) == uuid or nil
  end
  for folder in pairs(folders) do
    for number = 1, MOST do
      local path = ("%s/%d.db"):format(folder, number)
      if not given[path] and source.kind(path) then
        return path, folder
      end
    end
  end
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
  local path, folder = left_out(uuid, paths)
  if path then
    return { problem = ("%s is a part of that run, too: bench import %s/*.db takes all in"):format(path,
      core_text.quoted(folder)) }
  end
  local run, message = store.merge_parts(paths, whole and whole.id)
  return run and known(uuid) or { problem = message }
end

return parts
