-- A file as the formats see it: path, name; json, the decoded text where it is one JSON value; first, the first
-- object where each line is one; text, all of it, but of such lines and of a database no more than the head. What may
-- be larger than memory, lines of objects, is read as often as somebody asks for them.
local core_text = require "core.text"
local csv = require "bench.csv"
local memory = require "import.memory"
local python_json = require "import.python_json"
local source = require "core.source"

local file = {}
file.__index = file

local BOM = "\239\187\191"
local SQLITE = "SQLite format 3\0"
local BLOCK = 1 << 20 -- bytes that are read at once

local packed = {
  { "\31\139", "it is compressed by gzip: unpack it first (gunzip)" },
  { "\40\181\47\253", "it is compressed by zstd: unpack it first (unzstd)" },
  { "PK\3\4", "it is a zip archive: unpack it first (unzip)" },
  { "\255\254", "it is UTF-16: write it as UTF-8 first (iconv -f UTF-16 -t UTF-8)" },
  { "\254\255", "it is UTF-16: write it as UTF-8 first (iconv -f UTF-16 -t UTF-8)" },
}

local function name_of(path)
  return path:match "([^/]+)/*$" or path
end

local function packed_how(text)
  for _, mark in ipairs(packed) do
    if text:sub(1, #mark[1]) == mark[1] then
      return mark[2]
    end
  end
end

local function without_mark(text)
  return text:sub(1, #BOM) == BOM and text:sub(#BOM + 1) or text
end

-- An iterator over its lines, a BOM left out.
function file:lines()
  local next_line, is_first = self.whole and self.whole:gmatch "[^\n]*" or io.lines(self.path, "l"), true
  return function()
    local line = next_line()
    line, is_first = is_first and line and without_mark(line) or line, false
    return line
  end
end

-- An iterator over the objects in it, line by line or the only one. `left` says then which lines are none, `nulls` how
-- many of their values were NaN or infinite.
function file:objects()
  local next_line, number, bad = self:lines(), 0, 0
  if self.json ~= nil then
    local only = self.json
    return function()
      local object = only
      only = nil
      return object
    end
  end
  self.nulls, self.left = 0, nil
  return function()
    for line in next_line do
      number = number + 1
      local value, nulls = python_json.decode(line)
      if type(value) == "table" then
        self.nulls = self.nulls + nulls
        return value
      elseif line:find "%S" then
        bad = bad + 1
        self.left = bad == 1 and ("line %d: it is no whole object"):format(number)
          or ("%d lines that are no whole objects, the last of them line %d"):format(bad, number)
      end
    end
  end
end

-- Each line an object, and more than one of them: that it cannot be read as a whole is no fault. One line without an
-- end in its head may be more than memory holds.
local function looks_like_lines(made)
  local is_second = false
  if made.refusal and not made.text:find("\n", 1, true) then
    return false
  end
  for line in made:lines() do
    if is_second and line:find "%S" then
      return line:find "^%s*{" ~= nil
    elseif line:find "%S" then
      is_second = line:find "^%s*{.*}%s*$" ~= nil
      if not is_second then
        return false
      end
    end
  end
  return false
end

-- SHA-256 of the digests of its blocks.
function file:digest()
  local digests = {}
  if self.whole then
    for from = 1, #self.whole, BLOCK do
      digests[#digests + 1] = core_text.digest(self.whole:sub(from, from + BLOCK - 1))
    end
  else
    for block in io.lines(self.path, BLOCK) do
      digests[#digests + 1] = core_text.digest(block)
    end
  end
  return core_text.digest(table.concat(digests))
end

local function decode(made)
  local value, count = python_json.decode(made.text)
  if value ~= nil then
    made.json, made.nulls = value, count
  else
    made.problem = "as JSON: " .. (made.text:find "[}%]]%s*$" and count or count .. "; does it end too early?")
  end
end

local function begin(handle, made)
  local head, why = handle:read(BLOCK)
  if why then
    return nil, why
  end
  made.text = head or ""
  made.refusal = memory.refusal(handle:seek "end")
  handle:seek("set", 0)
  return true
end

local function read(made)
  made.is_database = made.text:sub(1, #SQLITE) == SQLITE
  made.problem = packed_how(made.text)
  if made.is_database or made.problem then
    return
  elseif looks_like_lines(made) then
    made.first = made:objects()()
    return
  end
  local is_json = without_mark(made.text):find "^%s*[%[{]"
  if is_json and made.refusal then
    made.problem = made.refusal
    return
  end
  made.text = without_mark(made.whole or made.handle:read "a")
  if is_json then
    decode(made)
  else
    made.problem = csv.other_divider(made.text:match "[^\n]*")
  end
end

local function open_file(made)
  local handle, message = io.open(made.path, "rb")
  if not handle then
    return nil, message:sub(#made.path + 3) -- "PATH: why"
  end
  made.handle = handle
  local begun, why = begin(handle, made)
  if begun then
    read(made)
  end
  handle:close()
  return begun, why
end

-- What comes through a pipe can be read but once, and is kept.
local function open_pipe(made)
  local whole, message = source.input(made.path)
  if not whole then
    return nil, message == "it is a folder" and message .. ": name the files in it" or message
  end
  made.whole, made.text = whole, whole:sub(1, BLOCK)
  read(made)
  return true
end

-- -> the file, or nil, message; `problem` in it: why it may be no result
function file.open(path)
  local made = setmetatable({ path = path, name = name_of(path), nulls = 0 }, file)
  local opened, message = (source.kind(path) == "file" and open_file or open_pipe)(made)
  return opened and made, message
end

return file
