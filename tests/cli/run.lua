-- Plays a transcript: lua run.lua BENCH FILE.cli, or lua run.lua --wrong BENCH FILE.cli, which must fail.
--
--   # a comment, between commands
--   file NAME          the lines below, each indented by two blanks, become a file in the folder
--   $ bench list       a command line for sh, run in an empty folder of its own
--   > text             what stdout must say, line by line; * stands for any text, a line ... for any lines
--   ! text             what stderr must say, likewise
--   = 2                the exit code; without it 0
--
-- A stream of which nothing is said must be empty. HOME, the database and the time zone (UTC) are set; $BENCH is bench.
local wrong = arg[1] == "--wrong"
if wrong then
  table.remove(arg, 1)
end
local bench, path = arg[1], arg[2]

local function fail(...)
  io.stderr:write(string.format(...), "\n")
  os.exit(1)
end

local function quote(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

local function read(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read "a"
  file:close()
  return text
end

local function write(name, text)
  local file = assert(io.open(name, "wb"))
  file:write(text)
  file:close()
end

-- Lines of a text; the last one needs no newline.
local function lines_of(text)
  local lines = {}
  for line in (text:gsub("\n$", "") .. "\n"):gmatch "(.-)\n" do
    lines[#lines + 1] = line
  end
  return text == "" and {} or lines
end

local function pattern_of(glob)
  local escaped = glob:gsub("[%^%$%(%)%%%.%[%]%+%-%?]", "%%%0"):gsub("%*", ".*")
  return "^" .. escaped .. "$"
end

-- Whether lines[i..] are what wanted[w..] says.
local function matches(lines, wanted, i, w)
  while w <= #wanted do
    if wanted[w] == "..." then
      for skip = i, #lines + 1 do
        if matches(lines, wanted, skip, w + 1) then
          return true
        end
      end
      return false
    elseif not lines[i] or not lines[i]:find(pattern_of(wanted[w])) then
      return false
    end
    i, w = i + 1, w + 1
  end
  return i > #lines
end

local function parse(text)
  local steps, step, file = {}, nil, nil
  for number, line in ipairs(lines_of(text)) do
    local mark, rest = line:match "^([$>!=]) ?(.*)$"
    if file and line:find "^  " then
      file.text = file.text .. line:sub(3) .. "\n"
    elseif file and line == "" then
      file.text = file.text .. "\n"
    elseif line:find "^file " then
      file = { name = line:match "^file (.+)$", text = "" }
      steps[#steps + 1] = { file = file }
    elseif mark == "$" then
      file, step = nil, { command = rest, line = number, out = {}, err = {}, code = 0 }
      steps[#steps + 1] = step
    elseif mark == ">" then
      table.insert(step.out, rest)
    elseif mark == "!" then
      table.insert(step.err, rest)
    elseif mark == "=" then
      step.code = tonumber(rest)
    elseif line ~= "" and not line:find "^#" then
      fail("%s:%d: not understood: %s", path, number, line)
    end
  end
  return steps
end

local folder = io.popen("mktemp -d"):read "l"

local function environment()
  return table.concat({
    "cd " .. quote(folder .. "/work"),
    "unset NO_COLOR COLUMNS OLLAMA_HOST OPENAI_BASE_URL OPENAI_API_KEY BENCH_LIB XDG_DATA_HOME",
    "export TZ=UTC LC_ALL=C.UTF-8 HOME=" .. quote(folder) .. " BENCH_DB=" .. quote(folder .. "/runs.db"),
    "export BENCH=" .. quote(bench), -- for a shell within the command
    "alias bench=" .. quote(quote(bench)), -- no function: $! is to be bench, not a shell around it
  }, "\n")
end

local function run(command)
  write(folder .. "/command", environment() .. "\n" .. command .. "\n")
  local line = "timeout 120 sh FOLDER/command >FOLDER/out 2>FOLDER/err </dev/null"
  local _, how, code = os.execute((line:gsub("FOLDER", folder)))
  return read(folder .. "/out"), read(folder .. "/err"), how == "exit" and code or 128 + code
end

local function difference(step, name, text, wanted)
  if matches(lines_of(text), wanted, 1, 1) then
    return nil
  end
  return ("%s:%d: $ %s\n--- %s should be\n%s\n--- it is\n%s"):format(path, step.line, step.command, name,
    table.concat(wanted, "\n"), text)
end

local function check(step)
  local out, err, code = run(step.command)
  local problem = difference(step, "stdout", out, step.out) or difference(step, "stderr", err, step.err)
  if not problem and code ~= step.code then
    problem = ("%s:%d: $ %s\nexit code %d, not %d"):format(path, step.line, step.command, code, step.code)
  end
  return problem
end

local function play()
  os.execute("mkdir " .. quote(folder .. "/work"))
  for _, step in ipairs(parse(read(path))) do
    if step.file then
      write(folder .. "/work/" .. step.file.name, step.file.text)
    else
      local problem = check(step)
      if problem then
        return problem
      end
    end
  end
end

local problem = play()
os.execute("rm -rf " .. quote(folder))
if wrong and not problem then
  fail("%s should have failed", path)
elseif not wrong and problem then
  fail("%s", problem)
end
