-- bench report RUN... [-o FILE]
local ask = require "report.ask"
local ending = require "report.ending"
local forms = require "report.forms"
local options = require "core.options"
local output = require "core.output"
local run = require "report.run"

local command = {}

local function fail(format, ...)
  output.err("bench: " .. format:format(...) .. "\n")
  return 2
end

local function read_runs(words)
  local runs = {}
  for i, word in ipairs(words) do
    local number, message = run.resolve(word)
    if not number then
      return nil, message
    end
    runs[i] = number
  end
  return runs
end

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

function command.main()
  if #options.arguments == 0 then
    return fail "say which runs: bench report RUN... -o report.html"
  end
  local path, format = options.output, options.format or "table"
  local runs, message = read_runs(options.arguments)
  if runs and path then
    format, message = ending.format(path, options.format)
  end
  if not (runs and format) then
    return fail("%s", message)
  end
  local imported = format == "vllm" and imported_of(runs)
  if imported then
    return fail("%s", imported)
  elseif path then
    local saved, reason = forms.save(path, runs, format)
    if not saved then
      return fail("%s", reason)
    end
    output.out(("wrote %s\n"):format(path))
    return 0
  end
  forms.print(runs, format, output.out)
  return 0
end

return command
