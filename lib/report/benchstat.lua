-- The text format of Go's benchmarks, which benchstat reads: one line for each block of a run (a round; where
-- there are none, a part of the requests in their order), so that its samples are what `bench compare` compares.
-- There is no line "key: value": benchstat would part its tables by it.
local ask = require "report.ask"
local read = require "compare.read"
local run = require "report.run"
local text = require "report.text"

local benchstat = {}

-- Of the columns of a block: the unit, and what a value is multiplied by. benchstat knows seconds.
local units = {
  { "ttft", "ttft-sec", 1e-3 }, { "ttft_sched", "ttft-from-plan-sec", 1e-3 }, { "tpot", "tpot-sec", 1e-3 },
  { "e2e", "e2e-sec", 1e-3 }, { "e2e_sched", "e2e-from-plan-sec", 1e-3 },
  { "decode_tps", "decode-tok/s", 1, "higher" }, { "tokens_per_s", "answer-tok/s", 1, "higher" },
  { "chars_per_s", "answer-chars/s", 1, "higher" }, { "errors", "failed-requests", 1 },
}

-- sky_blue as SkyBlue: a benchmark's name begins with a capital.
local function camel(name)
  local words = {}
  for word in name:gmatch "[%w\128-\255]+" do
    words[#words + 1] = word:sub(1, 1):upper() .. word:sub(2)
  end
  return table.concat(words)
end

-- A part of a name holds no blank and no slash.
local function part(key, value)
  return value and ("/%s=%s"):format(key, (text.line(value):gsub("[%s/]+", "_"))) or ""
end

local function name_of(scenario, backend, group)
  return "Benchmark" .. camel(scenario) .. part("backend", backend) .. part("call", group.call)
    .. part("label", group.label) .. part("load", group.phase)
end

local function print_block(name, block, write)
  local words = { name, tostring(block.judged) }
  for _, unit in ipairs(units) do
    local value = block[unit[1]]
    if value then
      words[#words + 1] = ("%.6g %s"):format(value * unit[3], unit[2])
    end
  end
  if block.judged > 0 then
    write(table.concat(words, "\t") .. "\n")
  end
end

-- What another tool's file says: one value for each, under its name; of a run there is one sample.
local function print_imported(document, write)
  write(("# imported: measured by %s\n"):format(text.line(document.run.scenario)))
  for _, row in ipairs(ask.rows("compare/own", document.number)) do
    local unit = row.unit and row.unit ~= "" and "-" .. row.unit or ""
    write(("%s\t1\t%.6g %s\n"):format("Benchmark" .. camel(document.run.scenario) .. part("backend", row.backend)
      .. part("label", row.label), row.value, ((row.name .. unit):gsub("%s+", "_"))))
  end
end

local function print_run(number, write)
  local document = run.read(number)
  write(("# run %d %s\n"):format(number, document.run.uuid))
  if document.run.imported == 1 then
    print_imported(document, write)
  end
  for _, backend in ipairs(document.backends) do
    local side = { run = number, backend = backend.backend }
    for _, group in ipairs(read.groups(side, read.requests(side), "label")) do
      for _, block in ipairs(group.blocks) do
        print_block(name_of(document.run.scenario, backend.backend, group), block, write)
      end
    end
  end
end

function benchstat.print(runs, write)
  for _, unit in ipairs(units) do
    write(("Unit %s better=%s\n"):format(unit[2], unit[4] or "lower"))
  end
  for _, number in ipairs(runs) do
    write "\n"
    print_run(number, write)
  end
end

return benchstat
