-- The end of a run: judged on a fresh read of what was kept, then printed as `bench show` prints it.
local ask = require "report.ask"
local ending = require "report.ending"
local json = require "core.json"
local leftovers = require "report.leftovers"
local lists = require "bench.lists"
local options = require "core.options"
local output = require "core.output"
local refusal = require "report.refusal"
local store = require "core.store"
local warn = require "report.warn"

local finish = {}

local DISCARDED, UNWRITTEN = 1, 6

local function run_number()
  return math.tointeger(options.arguments[1])
end

-- What the run is held against, where the command line says so.
local function judge_against(run, numbers)
  if not options.against then
    return {}
  end
  local results, warnings, message = require("report.against").judge(run, options.against, options["max-regression"])
  warn.write(run, warnings, numbers)
  if message then
    refusal.say("--against " .. options.against .. ": " .. message)
  end
  return results
end

local function keep_promises(run, numbers)
  local row = ask.row("report/run", run)
  local sentences = row and row.expect and json.decode(row.expect) or {}
  local broken, unknown = false, false
  local results = #sentences > 0 and require("report.judge").promises(run, sentences) or {}
  for _, result in ipairs(lists.append(results, judge_against(run, numbers))) do
    store.write("promise", run, result.phase, numbers[result.backend], result.label, result.sentence, result.value,
      result.kept, result.verdict)
    broken = broken or result.kept == 0
    unknown = unknown or result.kept == nil
  end
  return broken and 1 or unknown and 5 or 0
end

-- Writes warnings and verdicts; the part of the exit code that the rows decide: 4, 1, 5 or 0.
function finish.judge()
  local run = run_number()
  leftovers.say()
  local numbers = warn.backends(run)
  store.write("loop_starts", run)
  local is_unsure = warn.apply(ask.row("report/facts", run), numbers)
  local code = keep_promises(run, numbers)
  local row = ask.row("report/ended", run)
  if row.asked == 1 and row.ended == 0 then
    return 4
  end
  return code == 0 and is_unsure and 5 or code
end

-- The files of -o. The page has the form of --format where none of them took it.
-- -> whether all were written; what is said of those that were; the form of the page
local function save_all()
  local all_saved, lines, form = true, {}, options.format or "table"
  for _, path in ipairs(options.output or {}) do
    local format = ending.format(path, options.format)
    form = format == form and "table" or form
    local saved, message = require("report.forms").save(path, { run_number() }, format)
    if saved then
      lines[#lines + 1] = ("wrote %s\n"):format(path)
    else
      refusal.say(("%s\n  bench report %d -o FILE writes it later"):format(message, run_number()))
    end
    all_saved = all_saved and saved
  end
  return all_saved, (#lines > 0 and "\n" or "") .. table.concat(lines), form
end

-- The same, then the page: also where there is no room for what was judged, which is raised behind the page.
function finish.main()
  if options.unprinted then
    return finish.judge()
  end
  local judged, code = pcall(finish.judge)
  local saved, lines, form = save_all()
  if options.quiet then
    output.out(options.arguments[1] .. "\n")
  else
    require("report.forms").print({ run_number() }, form, output.out)
    output[form == "table" and "out" or "err"](lines)
  end
  if not judged then
    error(code, 0)
  end
  return saved and code or UNWRITTEN
end

-- A script that failed: its words are on stderr; the page comes later, by `bench show`, and says them, too.
function finish.failed()
  store.write("warning", run_number(), nil, nil, "script_failed", options.arguments[2])
  if options.quiet or options.output or options.format and options.format ~= "table" and options.format ~= "md" then
    return finish.main()
  end
  return finish.judge()
end

-- A run that was refused before its first request or value leaves nothing behind: the next one has its number.
function finish.discard_empty()
  local run = run_number()
  local row = ask.row("report/ended", run)
  if row.asked == 1 or row.measured == 1 then
    return 0
  end
  if not store.remove(run) then
    return 0
  end
  store.write("run_number_back", run)
  return DISCARDED
end

return finish
