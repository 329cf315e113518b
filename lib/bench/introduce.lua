-- A scenario's own help: what `bench help FILE` prints.
local core_text = require "core.text"
local lists = require "bench.lists"
local option_page = require "bench.option_page"
local text = require "report.text"

local introduce = {}

local function section(lines, title, list)
  if #list == 0 then
    return
  end
  lists.append(lines, { "", title })
  lists.append(lines, lists.map(list, function(line) return "  " .. line end))
end

local function metric_words(metric)
  local direction = metric.better ~= "neither" and ("; %s is better"):format(metric.better) or ""
  local lead = ("%s (%s)  "):format(metric.name, metric.unit)
  return (text.wrap(metric.definition .. direction, lead, "      ", text.columns - 2):gsub("\n$", ""))
end

local function need_words(need)
  return need.what .. " " .. need.value
end

-- declared: as bench.scenario read it; script: { name, path }.
function introduce.text(declared, script)
  local title = declared.name .. (declared.summary and ": " .. declared.summary or "")
  local lines = { (text.wrap(title, "", "  "):gsub("\n$", "")) }
  lines[#lines + 1] = ""
  lines[#lines + 1] = ("  bench run %s%s"):format(core_text.quoted(script.path),
    #declared.options > 0 and " [--option value ...]" or "")
  if #declared.options > 0 then
    lines[#lines + 1] = ""
    lines[#lines + 1] = option_page.text(declared.options)
  end
  section(lines, "It promises", lists.column(declared.promises, "sentence"))
  section(lines, "Its own metrics", lists.map(declared.metrics, metric_words))
  section(lines, "It needs", lists.map(declared.needs, need_words))
  return core_text.shown(table.concat(lines, "\n") .. "\n")
end

return introduce
