-- A scenario's own help: what `bench help FILE` prints.
local options = require "bench.options"

local introduce = {}

local function section(lines, title, list)
  if #list == 0 then
    return
  end
  lines[#lines + 1] = ""
  lines[#lines + 1] = title
  for _, line in ipairs(list) do
    lines[#lines + 1] = "  " .. line
  end
end

local function sentences(declared)
  local list = {}
  for index, promise in ipairs(declared.promises) do
    list[index] = promise.sentence
  end
  return list
end

local function own_metrics(declared)
  local list = {}
  for index, metric in ipairs(declared.metrics) do
    local direction = metric.better ~= "neither" and ("; %s is better"):format(metric.better) or ""
    list[index] = ("%s (%s)  %s%s"):format(metric.name, metric.unit, metric.definition, direction)
  end
  return list
end

local function needs(declared)
  local list = {}
  for index, need in ipairs(declared.needs) do
    list[index] = need.what .. " " .. need.value
  end
  return list
end

-- declared: as bench.scenario read it; script: { name, path }.
function introduce.text(declared, script)
  local title = declared.name .. (declared.summary and ": " .. declared.summary or "")
  local lines = { (require("report.text").wrap(title, "", "  "):gsub("\n$", "")) }
  lines[#lines + 1] = ""
  lines[#lines + 1] = ("  bench run %s%s"):format(script.path, #declared.options > 0 and " [--option value ...]" or "")
  if #declared.options > 0 then
    lines[#lines + 1] = ""
    lines[#lines + 1] = options.usage(declared.options)
  end
  section(lines, "It promises", sentences(declared))
  section(lines, "Its own metrics", own_metrics(declared))
  section(lines, "It needs", needs(declared))
  return table.concat(lines, "\n") .. "\n"
end

return introduce
