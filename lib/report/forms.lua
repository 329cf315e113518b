-- Every form that runs can be printed in, by the name of its format.
local ask = require "report.ask"
local lists = require "bench.lists"
local save = require "report.save"
local sheet = require "report.sheet"

local forms = {}

-- The form that a module prints; one that nobody asks for is not loaded.
local function of(module)
  return function(runs, write)
    require(module).print(runs, write)
  end
end

local function pages(format)
  return function(runs, write)
    local show = require "report.show"
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
  local show = require "report.show"
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
local function lines(runs, write)
  local all = {}
  for _, number in ipairs(runs) do
    local rows = ask.rows("report/summary", number)
    all.columns = rows.columns
    lists.append(all, rows)
  end
  sheet.print(all, "csv", write)
end

-- A run of which there is no result: its line of `runs`, and what was warned of, so that there is something to read.
local function write_bare(number, write)
  local row = ask.row("report/run_shown", number)
  row.warnings = table.concat(lists.column(ask.rows("report/warnings", number), "text"), "\n")
  write(sheet.object(row, { "run", "uuid", "scenario", "started_at", "status", "requests", "warnings" }) .. "\n")
end

local function json_lines(runs, write)
  for _, number in ipairs(runs) do
    local rows = ask.rows("report/summary", number)
    if #rows == 0 then
      write_bare(number, write)
    end
    sheet.print(rows, "jsonl", write)
  end
end

-- One object for each backend, call, label and load, each on a line.
local function vllm_objects(runs, write)
  local vllm, vllm_json = require "report.vllm", require "report.vllm_json"
  for _, number in ipairs(runs) do
    local any = vllm.each(number, function(result)
      write(vllm_json.text(result))
    end)
    if not any then
      write_bare(number, write)
    end
  end
end

local by_format = { table = pages "table", md = pages "md", json = documents, csv = lines,
  jsonl = json_lines, html = of "report.html", junit = of "report.junit", benchstat = of "report.benchstat",
  vllm = vllm_objects }

-- runs: numbers.
function forms.print(runs, format, write)
  by_format[format](runs, write)
end

-- The same as a file; true, or nil and why not.
function forms.save(path, runs, format)
  return save.file(path, function(write)
    forms.print(runs, format, write)
  end)
end

return forms
