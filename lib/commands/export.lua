-- bench export RUN -o FILE.db: a run with everything that hangs on it, as one file that can be sent around.
local ask = require "report.ask"
local ending = require "report.ending"
local options = require "core.options"
local output = require "core.output"
local refusal = require "report.refusal"
local run = require "report.run"
local source = require "core.source"
local store = require "core.store"
local text = require "report.text"

local command = {}

-- From here on the new file is the database, and the one that the run is in lies beside it.
local function write(number, path)
  local from = store.path()
  local opened, message = store.open_write(path)
  if not opened then
    error(message, 0)
  end
  opened, message = store.attach_runs(from)
  if not opened then
    error(message, 0)
  end
  store.transaction(store.copy_run, number)
  store.detach()
  store.seal()
end

function command.main()
  local path = options.output
  if #options.arguments ~= 1 or not path or path == "-" then
    return refusal.say "say which run and where to: bench export RUN -o FILE.db"
  elseif ending.of(path) then
    return refusal.say(("%s: what is exported is one SQLite file; the numbers of a run as %s:\n"
      .. "  bench report %s -o %s\neach request:\n  bench show %s --requests --format csv"):format(path,
      ending.of(path), options.arguments[1], path, options.arguments[1]))
  elseif source.kind(path) then
    return refusal.say(("there is a file %s already; nothing was written"):format(path))
  end
  local number, message = run.resolve(options.arguments[1])
  if not number then
    return refusal.say(message)
  end
  if ask.row("report/run", number).status == "running" then
    return refusal.say((store.goes_on(number) and "run %d is still going on: export it when it has ended"
      or "run %d was cut off, and %s cannot be written to say so: copy it to a place that can, and export it there")
      :format(number, text.line(store.path())))
  end
  store.half_made(path)
  local done
  done, message = pcall(write, number, path)
  store.half_made()
  if not done then
    for _, suffix in ipairs { "", "-wal", "-shm", "-journal" } do
      os.remove(path .. suffix)
    end
    return refusal.say(tostring(message), 6)
  end
  output.out(("wrote run %d to %s\n"):format(number, path))
  return 0
end

return command
