-- Reads a case file: data, no code. README.md beside this file describes the format.
local notation = require "notation"

local case_file = {}

local BLOCKS = { script = true, shell = true, want = true }
local OPERATORS = { ["="] = true, ["~"] = true, ["!="] = true, ["<"] = true, [">"] = true, ["<="] = true, [">="] = true,
  has = true, lacks = true, matches = true }

local function value_of(text)
  if text == "null" then return nil end
  local inside = text:match('^"(.*)"$')
  if inside and not inside:gsub("\\.", ""):find('"') then
    return notation.unescape(inside)
  end
  return math.tointeger(text) or tonumber(text) or text
end

-- `SUBJECT OPERATOR VALUE`; for SQL `sql QUERY => [OPERATOR] VALUE`.
local function expectation(line, place)
  local subject, rest
  if line:find("^sql ") then
    subject, rest = line:match("^(sql .-)%s+=>%s+(.*)$")
    assert(subject, place .. ": sql without =>")
  else
    local at = 1
    repeat
      local word_start, word_end = line:find("%s%S+%s", at)
      assert(word_start, place .. ": no operator in: " .. line)
      local word = line:sub(word_start + 1, word_end - 1)
      at = word_end
      if OPERATORS[word] then
        subject, rest = line:sub(1, word_start - 1), line:sub(word_start + 1)
      end
    until subject
  end
  local operator, value = rest:match("^(%S+)%s+(.*)$")
  if not OPERATORS[operator] then operator, value = "=", rest end
  return { subject = subject, operator = operator, text = value, value = value_of(value), place = place }
end

local function wants(block, first_line, path)
  local list, request = {}, 1
  local number = first_line - 1
  for line in (block .. "\n"):gmatch("(.-)\n") do
    number = number + 1
    line = line:match("^%s*(.-)%s*$")
    local selected = line:match("^request (%d+)$")
    if selected then
      request = math.tointeger(selected)
    elseif line ~= "" and not line:find("^#") then
      local want = expectation(line, path .. ":" .. number)
      want.request = request
      list[#list + 1] = want
    end
  end
  return list
end

local function new_case(name)
  return { name = name, kind = "openai", flags = "", environment = {}, ask = "max_tokens = 16", call = "ask",
    servers = {} }
end

local function set(case, word, rest, place)
  if word == "environment" then
    case.environment[#case.environment + 1] = rest
  elseif word == "kind" or word == "flags" or word == "ask" or word == "call" then
    case[word] = rest
  else
    error(place .. ": no such word: " .. word)
  end
end

-- Opens the block that a word begins; nil when it begins none.
local function open_block(case, word, rest, place)
  local into, key = case, word
  if word == "server" then into, key = case.servers, rest end
  if not BLOCKS[word] and word ~= "server" then return nil end
  assert(not into[key], place .. ": a second " .. word .. " " .. rest)
  into[key] = {}
  return into[key]
end

local function joined(lines)
  return (table.concat(lines, "\n"):gsub("\n*$", "\n"))
end

local function join_blocks(case)
  for name, lines in pairs(case.servers) do case.servers[name] = joined(lines) end
  case.script = case.script and joined(case.script)
  case.shell = case.shell and joined(case.shell)
end

-- What stands before the first case is for each that has none of its own.
local function finish(case, head, path)
  join_blocks(case)
  case.script = case.script or head.script
  case.servers = next(case.servers) and case.servers or head.servers
  case.want = case.want and wants(joined(case.want), case.want.first_line, path)
  assert(case.want and #case.want > 0, path .. ": case " .. case.name .. " wants nothing")
end

-- The cases of a file, in order: name, kind, flags, environment, ask, call, servers (by name),
-- script, shell, want (a list of subject, operator, value, text, request, place).
function case_file.read(path)
  local head = new_case()
  local cases, case, block, number = {}, head, nil, 0
  for line in io.lines(path) do
    number = number + 1
    local inside = line:match("^\t(.*)$")
    if block and (inside or line == "") then
      block[#block + 1] = inside or ""
    elseif line ~= "" and not line:find("^#") then
      local word, rest = line:match("^(%S+)%s*(.-)%s*$")
      if word == "case" then
        case, block = new_case(rest), nil
        cases[#cases + 1] = case
      else
        block = open_block(case, word, rest, path .. ":" .. number)
        if block then block.first_line = number + 1 else set(case, word, rest, path .. ":" .. number) end
      end
    end
  end
  assert(#cases > 0, path .. ": no case in it")
  join_blocks(head)
  for _, each in ipairs(cases) do finish(each, head, path) end
  return cases
end

return case_file
