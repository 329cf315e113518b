-- bench import FILE...: runs out of files of bench export and of other tools.
local document = require "import.document"
local exported_runs = require "import.exported_runs"
local formats = require "import.formats"
local json = require "core.json"
local keep = require "import.keep"
local options = require "core.options"
local output = require "core.output"
local sheet = require "report.sheet"
local store = require "core.store"
local text = require "report.text"
local core_text = require "core.text"

local command = {}

local function name_of(path)
  return path:match "([^/]+)/*$" or path
end

local function read(path)
  local file, message = io.open(path, "rb")
  local content = file and file:read "a"
  if file then
    file:close()
  end
  return content, message or not content and path .. " is no file that can be read"
end

-- Every line as JSON, or nil.
local function json_lines(content)
  local lines = {}
  for line in content:gmatch "[^\r\n]+" do
    local value = json.decode(line)
    if type(value) ~= "table" then
      return nil
    end
    lines[#lines + 1] = value
  end
  return lines
end

local function opened(path, content)
  local file = { path = path, name = name_of(path), text = content }
  if content:find "^%s*[%[{]" then
    file.json, file.problem = json.decode(content)
    file.lines = not file.json and json_lines(content) or nil
  end
  return file
end

local function format_of(file)
  for _, format in ipairs(formats) do
    if format.fits(file) then
      return format
    end
  end
end

-- The same file is the same run, wherever it is imported.
local function uuid_of(content)
  local digest = core_text.digest(content)
  return ("%s-%s-%s-%s-%s"):format(digest:sub(1, 8), digest:sub(9, 12), digest:sub(13, 16), digest:sub(17, 20),
    digest:sub(21, 32))
end

local function problem_of(raised)
  return type(raised) == "table" and raised.message
end

-- What other tools wrote -> { tool, run, uuid, requests, left, already } or { problem }
local function take_foreign(path, content)
  local file = opened(path, content)
  local format = format_of(file)
  if not format then
    return { problem = "it is no result that bench knows (bench import --help names them)"
      .. (file.problem and not file.lines and "; as JSON: " .. file.problem or "") }
  end
  local uuid = uuid_of(content)
  local known = store.query("SELECT id FROM run WHERE uuid = ?1", uuid)[1]
  if known then
    return { tool = format.tool, run = known.id, uuid = uuid, already = true, left = {} }
  end
  local run = document.new(format.tool, format.prefix)
  local taken, raised = pcall(format.take, file, run)
  if not taken then
    local message = problem_of(raised)
    if not message then
      error(raised, 0)
    end
    return { problem = ("it looks like a result of %s, but %s"):format(format.tool, message) }
  end
  return { tool = run.tool, run = keep.run(run, uuid, file.name), uuid = uuid, requests = #run.requests,
    left = run.left }
end

local function take(path)
  local content, message = read(path)
  if not content then
    return { { problem = message } }
  elseif exported_runs.fits(content) then
    local results
    results, message = exported_runs.take(path)
    return results or { { problem = message } }
  end
  return { take_foreign(path, content) }
end

local function say(result, path)
  if result.already then
    output.out(("%s: already here, as run %d\n"):format(text.line(path), result.run))
    return
  end
  output.out(("%s: run %d, %s, %d request%s\n"):format(text.line(path), result.run, text.line(result.tool),
    result.requests, result.requests == 1 and "" or "s"))
  for _, what in ipairs(result.left) do
    output.out(text.wrap("left out: " .. text.line(what), "  ", "    "))
  end
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
    output.err "bench: say which file: bench import FILE...\n"
    return 2
  end
  for _, path in ipairs(options.arguments) do
    for _, result in ipairs(take(path)) do
      if result.problem then
        output.err(("bench: %s was not imported: %s\n"):format(text.line(path), result.problem))
        code = 2
      elseif whole then
        say(result, path)
      else
        rows[#rows + 1] = row_of(result, path)
      end
    end
  end
  if not whole then
    sheet.print(rows, options.format, output.out)
  end
  return code
end

return command
