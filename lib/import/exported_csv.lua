-- profile_export_genai_perf.csv and profile_export_aiperf.csv: the tables that genai-perf and AIPerf print, blocks
-- with a head line each and a blank line between; numbers rounded and with commas. The same names, units and
-- statistics as in their JSON, which says more.
local csv = require "import.csv"
local dates = require "import.dates"
local exported = require "import.exported"

local exported_csv = { tool = "genai-perf", prefix = "genai-perf" }

function exported_csv.fits(file)
  return file.text:find "^Metric,avg,min,max," ~= nil
end

-- "HTTP Waiting (TTFB) (ms)" -> "http_waiting", "ms". A remark is no unit: "Completed Requests (Success + Error)".
local function name_of(title)
  local unit = title:match "%(([^()]*)%)%s*$"
  local words = title:gsub("%s*%b()", ""):lower():gsub("%%", "pct")
  return words:gsub("[^%w]+", "_"), unit and not unit:find "^%u%l" and unit or "count"
end

local function number_of(cell)
  return cell and tonumber((cell:gsub(",", "")))
end

local function take_row(run, place, row)
  local name, unit = name_of(row.Metric)
  local metric = { unit = unit, avg = number_of(row.Value) }
  for column, cell in pairs(row) do
    if column ~= "Metric" and column ~= "Value" then
      metric[column] = number_of(cell)
    end
  end
  if exported.is_metric(metric) then
    exported.take(run, place, name, metric)
  else
    run:leave(name)
  end
end

local function take_block(run, place, text)
  local rows, columns = csv.rows(text)
  if not rows then
    run:leave(("lines that are no table: %s"):format(text:match "[^\r\n]*"))
  elseif columns[1] ~= "Metric" or columns[2] ~= "avg" and columns[2] ~= "Value" then
    run:leave("the table " .. table.concat(columns, ","))
  else
    for _, row in ipairs(rows) do
      take_row(run, place, row)
    end
  end
end

function exported_csv.take(file, run)
  if file.text:find "^Metric,avg,min,max,sum" then
    run.tool, run.prefix = "AIPerf", "aiperf"
  end
  local place = { backend = run:backend { kind = "openai" }, call = "chat" }
  for text in (file.text:gsub("\r\n", "\n") .. "\n\n"):gmatch "(.-)\n\n+" do
    if text:find "%S" then
      take_block(run, place, text)
    end
  end
  dates.start(run)
end

return exported_csv
