-- Every form that runs can be printed in, by the name of its format.
local ask = require "report.ask"
local benchstat = require "report.benchstat"
local html = require "report.html"
local junit = require "report.junit"
local sheet = require "report.sheet"
local show = require "report.show"
local vllm = require "report.vllm"
local vllm_json = require "report.vllm_json"

local forms = {}

local function pages(format)
  return function(runs, write)
    for i, number in ipairs(runs) do
      if i > 1 then
        write "\n"
      end
      show.run(number, format, write)
    end
  end
end

-- One run is its document, several are a list of them.
local function documents(runs, write)
  if #runs == 1 then
    return show.run(runs[1], "json", write)
  end
  for i, number in ipairs(runs) do
    write(i == 1 and "[" or ",")
    show.run(number, "json", write)
  end
  write "]\n"
end

-- The lines of run_summary of all runs.
local function lines(format)
  return function(runs, write)
    local all = {}
    for _, number in ipairs(runs) do
      local rows = ask.rows("report/summary", number)
      all.columns = rows.columns
      table.move(rows, 1, #rows, #all + 1, all)
    end
    sheet.print(all, format, write)
  end
end

-- One object for each backend, call, label and load, each on a line.
local function vllm_objects(runs, write)
  for _, number in ipairs(runs) do
    for _, result in ipairs(vllm.read(number)) do
      write(vllm_json.text(result))
    end
  end
end

local by_format = { table = pages "table", md = pages "md", json = documents, csv = lines "csv",
  jsonl = lines "jsonl", html = html.print, junit = junit.print, benchstat = benchstat.print, vllm = vllm_objects }

-- runs: numbers.
function forms.print(runs, format, write)
  by_format[format](runs, write)
end

-- The same as a file; true, or nil and why not.
function forms.save(path, runs, format)
  local file, message = io.open(path, "wb")
  if not file then
    return nil, message
  end
  local written = true
  forms.print(runs, format, function(text)
    if written then
      written, message = file:write(text)
    end
  end)
  local closed, reason = file:close()
  if not (written and closed) then
    return nil, ("%s: %s"):format(path, message or reason)
  end
  return true
end

return forms
