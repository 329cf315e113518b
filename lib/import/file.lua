-- A file as the formats see it: path, name, text; json, the decoded text where it is one JSON value; lines, the
-- decoded lines where each line is one; nulls, how many of their values were NaN or infinite; left, lines that are
-- none.
local python_json = require "import.python_json"

local file = {}

local BOM = "\239\187\191"
local SQLITE = "SQLite format 3\0"
local IS_A_FOLDER = 21 -- EISDIR

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

-- Each line an object, and more than one of them: that it cannot be read as a whole is no fault.
local function looks_like_lines(text)
  return text:find "^%s*{[^\n]*}%s*\n%s*{" ~= nil
end

-- The lines that are objects; the others are named.
local function decode_lines(made)
  local number = 0
  made.lines = {}
  for line in made.text:gmatch "[^\n]*" do
    number = number + 1
    if line:find "%S" then
      local value, nulls = python_json.decode(line)
      if type(value) == "table" then
        made.lines[#made.lines + 1] = value
        made.nulls = made.nulls + nulls
      else
        made.left[#made.left + 1] = ("line %d: it is no whole object"):format(number)
      end
    end
  end
end

local function decode(made)
  local value, count = python_json.decode(made.text)
  if value ~= nil then
    made.json, made.nulls = value, count
  elseif looks_like_lines(made.text) then
    decode_lines(made)
  else
    made.problem = "as JSON: " .. (made.text:find "[}%]]%s*$" and count or count .. "; does it end too early?")
  end
end

-- -> what is in it, or nil, message
local function read(path)
  local handle, message = io.open(path, "rb")
  if not handle then
    return nil, message:sub(#path + 3) -- "PATH: why"
  end
  local text, why, code = handle:read "a"
  handle:close()
  return text, code == IS_A_FOLDER and "it is a folder: name the files in it" or why
end

local function packed_how(text)
  for _, mark in ipairs(packed) do
    if text:sub(1, #mark[1]) == mark[1] then
      return mark[2]
    end
  end
end

-- -> the file, or nil, message; `problem` in it: why it may be no result
function file.open(path)
  local text, message = read(path)
  if not text then
    return nil, message
  end
  local made = { path = path, name = name_of(path), text = text, nulls = 0, left = {},
    is_database = text:sub(1, #SQLITE) == SQLITE, problem = packed_how(text) }
  if text:sub(1, #BOM) == BOM then
    made.text = text:sub(#BOM + 1)
  end
  if made.text:find "^%s*[%[{]" then
    decode(made)
  end
  return made
end

return file
