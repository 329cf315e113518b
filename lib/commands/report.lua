-- bench report RUN... [-o FILE]
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

local function print_to(path, runs, format)
  local file, message = io.open(path, "wb")
  if not file then
    return fail("%s", message)
  end
  local written = true
  forms.print(runs, format, function(text)
    if written then
      written, message = file:write(text)
    end
  end)
  local closed, reason = file:close()
  if not (written and closed) then
    return fail("%s: %s", path, message or reason)
  end
  output.out(("wrote %s\n"):format(path))
  return 0
end

function command.main()
  if #options.arguments == 0 then
    return fail "say which runs: bench report RUN... -o report.html"
  end
  local path = options.output
  local format = options.format or (path and forms.of_file(path)) or not path and "table"
  if not format then
    return fail("%s does not say which form it is to have: add --format, or end it in .html, .md, .csv, .json, .jsonl"
      .. " or .xml (JUnit)", path)
  end
  local runs, message = read_runs(options.arguments)
  if not runs then
    return fail("%s", message)
  end
  if path then
    return print_to(path, runs, format)
  end
  forms.print(runs, format, output.out)
  return 0
end

return command
