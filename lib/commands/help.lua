-- bench help TOPIC. Commands and scenarios are answered before it comes here.
local embedded = require "core.embedded"
local lists = require "bench.lists"
local misuse = require "bench.misuse"
local options = require "core.options"
local output = require "core.output"
local refusal = require "report.refusal"

local command = {}

local function names_below(folder)
  return lists.map(embedded.list(folder), function(path)
    return path:match "([^/]+)%.lua$"
  end)
end

local function topics()
  return names_below "lib/help/"
end

local function everything()
  return lists.append(lists.append(topics(), options.commands), names_below "scripts/")
end

-- "Metrics: what each number is" is the first line of each topic; of one for programs it is a comment.
local function list_topics()
  output.out "\nTopics\n"
  for _, name in ipairs(topics()) do
    local title = require("help." .. name):match "^%-*%s*([^\n]*)"
    output.out(("  bench help %-15s  %s\n"):format(name, title))
  end
end

local function list_scenarios()
  output.out "\nReady scenarios\n"
  for _, name in ipairs(names_below "scripts/") do
    local summary = embedded.text("scripts/" .. name .. ".lua"):match 'summary = "(.-)"'
    output.out(("  bench run %-16s  %s\n"):format(name, summary))
  end
end

-- "it stands in: expect, metrics": the topics that have the word; or all of them.
local function where_to_look(word)
  local found = {}
  for _, name in ipairs(topics()) do
    found[#found + 1] = require("help." .. name):lower():find(word:lower(), 1, true) and name or nil
  end
  return #found > 0 and "it stands in: " .. table.concat(found, ", ") or "topics: " .. table.concat(topics(), ", ")
end

function command.main()
  local word = options.arguments[1]
  if not word then
    list_topics()
    list_scenarios()
    return 0
  end
  if embedded.text("lib/help/" .. word .. ".lua") then
    output.out(require("help." .. word))
    return 0
  end
  return refusal.say(("there is no command, scenario or topic \"%s\"%s\n  %s"):format(word,
    misuse.near(word, everything()), where_to_look(word)))
end

return command
