-- bench report RUN... [-o FILE]
local ask = require "report.ask"
local ending = require "report.ending"
local forms = require "report.forms"
local options = require "core.options"
local output = require "core.output"
local refusal = require "report.refusal"
local run = require "report.run"

local command = {}

local UNWRITTEN = 6 -- the exit code where a file cannot be written

-- A file of `vllm bench serve` made of another client's numbers would say what nobody measured.
local function imported_of(runs)
  for _, number in ipairs(runs) do
    local row = ask.row("report/run", number)
    if row.imported == 1 then
      return ("run %d was measured by %s and imported: no result of vllm bench serve can be made of it. There are"
        .. " html, md, csv, json, jsonl, benchstat or junit"):format(number, row.scenario)
    end
  end
end

-- Nothing is written where one of the paths does not say its form.
local function save_all(runs, paths)
  local formats = {}
  for i, path in ipairs(paths) do
    local message
    formats[i], message = ending.format(path, options.format)
    if message then
      return refusal.say(message)
    end
  end
  for i, path in ipairs(paths) do
    local saved, reason = forms.save(path, runs, formats[i])
    if not saved then
      refusal.say(reason)
      return UNWRITTEN
    end
    output.out(("wrote %s\n"):format(path))
  end
  return 0
end

function command.main()
  if #options.arguments == 0 then
    return refusal.say "say which runs: bench report RUN... -o report.html"
  end
  local runs, message = run.resolve_all(options.arguments)
  if not runs then
    return refusal.say(message)
  end
  local imported = options.format == "vllm" and imported_of(runs)
  if imported then
    return refusal.say(imported)
  elseif options.output then
    return save_all(runs, options.output)
  end
  forms.print(runs, options.format or "table", output.out)
  return 0
end

return command
