-- bench import FILE...: runs out of files of bench export and of other tools.
local ask = require "report.ask"
local document = require "import.document"
local exported_runs = require "import.exported_runs"
local file = require "import.file"
local formats = require "import.formats"
local keep = require "import.keep"
local number = require "report.number"
local options = require "core.options"
local others = require "import.others"
local output = require "core.output"
local parts = require "import.parts"
local refusal = require "report.refusal"
local sheet = require "report.sheet"
local store = require "core.store"
local text = require "report.text"

local command = {}

local function format_of(opened)
  for _, format in ipairs(formats) do
    if format.fits(opened) then
      return format
    end
  end
end

-- The same file is the same run, wherever it is imported.
local function uuid_of(opened)
  local digest = opened:digest()
  return ("%s-%s-%s-%s-%s"):format(digest:sub(1, 8), digest:sub(9, 12), digest:sub(13, 16), digest:sub(17, 20),
    digest:sub(21, 32))
end

-- What is wrong with the file, in words; of a mistake of ours where it is.
local function problem_of(tool, raised)
  local message = type(raised) == "table" and raised.message
    or "bench does not understand this version of it: " .. tostring(raised):match "[^\n]*"
  return { problem = ("it looks like a result of %s, but %s"):format(tool, message) }
end

local function leave_of_file(run, opened)
  if opened.left then
    run:leave(opened.left)
  end
  if opened.nulls > 0 then
    run:leave(("%d NaN or Infinity: taken for values that are not there"):format(opened.nulls))
  end
end

-- What --note KEY=VALUE says: a list of { key, value }, or nil and the one that is none.
local function read_notes()
  local list = {}
  for i, note in ipairs(options.note or {}) do
    local key, value = note:match "^([^=]+)=(.*)$"
    if not key then
      return nil, note
    end
    list[i] = { key, value }
  end
  return list
end

-- What other tools wrote -> { tool, run, uuid, requests, left, already } or { problem }
local function take_foreign(opened)
  local format = format_of(opened)
  if not format then
    return { problem = others.refusal(opened) or "it is no result that bench knows (bench import --help names them)"
      .. (opened.problem and "; " .. opened.problem or "") }
  end
  local uuid = uuid_of(opened)
  local known = ask.row("import/run_here", uuid, 0)
  if known then
    return { tool = format.tool, run = known.id, uuid = uuid, already = true, left = {} }
  end
  local run = document.new(format.tool, format.prefix)
  run:note("file", opened.path)
  for _, note in ipairs(read_notes()) do
    run:note(note[1], note[2])
  end
  local taken, raised = pcall(format.take, opened, run)
  leave_of_file(run, opened)
  if not taken then
    return problem_of(format.tool, raised)
  elseif run:is_empty() then
    return problem_of(format.tool, { message = "nothing in it could be understood" })
  end
  return { tool = run.tool, run = keep.run(run, uuid, options.label or opened.name), uuid = uuid,
    requests = run.requests, statistics = #run.statistics + #run.values, left = run.left }
end

local function take(path)
  local opened, message = file.open(path)
  if not opened then
    return { { problem = message } }
  elseif store.is_at(path) then
    return { { problem = "it is this database itself" } }
  elseif opened.is_database then
    local results
    results, opened.problem = exported_runs.take(path)
    if results then
      return results
    end
  end
  return { take_foreign(opened) }
end

local function say(result, path)
  if result.already then
    output.out(("%s: already here, as run %d\n"):format(text.line(path), result.run))
    return
  end
  local count, unit = result.requests, "request"
  if count == 0 and result.statistics then
    count, unit = result.statistics, "number"
  end
  output.out(("%s: run %d, %s, %s\n"):format(text.line(path), result.run, text.line(result.tool),
    number.plural(count, unit)))
  for _, what in ipairs(result.left) do
    output.out(text.wrap("left out: " .. text.line(what), "  ", "    "))
  end
end

-- groups: uuid of a run in parts -> the first of them in `taken`.
local function add(taken, groups, path, result)
  local part_of = result.part_of
  if part_of and groups[part_of] then
    table.insert(groups[part_of].paths, path)
    return
  end
  taken[#taken + 1] = { path = path, result = result, paths = { path } }
  if part_of then
    groups[part_of] = taken[#taken]
  end
end

-- Parts of one run are one result, where the first of them stands: list of { path, result }.
local function take_all(paths)
  local taken, groups = {}, {}
  for _, path in ipairs(paths) do
    for _, result in ipairs(take(path)) do
      add(taken, groups, path, result)
    end
  end
  for _, one in ipairs(taken) do
    local uuid = one.result.part_of
    one.result = uuid and parts.take(uuid, one.paths) or one.result
  end
  return taken
end

local columns = { "file", "run", "tool", "uuid", "requests", "already", "left_out" }

local function row_of(result, path)
  return { file = path, run = result.run, tool = result.tool, uuid = result.uuid, requests = result.requests,
    already = result.already and 1 or 0, left_out = table.concat(result.left, "; ") }
end

function command.main()
  local rows, code = { columns = columns }, 0
  local whole = sheet.is_whole(options.format or "table")
  if #options.arguments == 0 then
    return refusal.say "say which file: bench import FILE..."
  end
  local notes, wrong = read_notes()
  if not notes then
    return refusal.say(("--note is KEY=VALUE, not \"%s\""):format(text.line(wrong)))
  end
  for _, one in ipairs(take_all(options.arguments)) do
    local result, path = one.result, one.path
    if result.problem then
      code = refusal.say(("%s was not imported: %s"):format(text.line(path), result.problem))
    elseif whole then
      say(result, path)
    else
      rows[#rows + 1] = row_of(result, path)
    end
  end
  if not whole then
    sheet.print(rows, options.format, output.out)
  end
  return code
end

return command
