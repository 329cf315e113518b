-- JSON, exact (core.json), with errors that name the field and the script's line.
local core = require "core.json"
local misuse = require "bench.misuse"

local json = { null = core.null }

-- Marks a table as a list, so that an empty one is []; gives it back.
function json.array(list)
  misuse.check("json.array's argument", list, "nil", "table")
  if getmetatable(list) == false then
    misuse.raise("json.array's argument is bench's own; copy what is to be a list")
  end
  return setmetatable(list or {}, core.array_mt)
end

local bom = "\xEF\xBB\xBF"

-- nil, message when the text is no JSON. Objects and lists are tables, null is json.null. Some servers begin with a
-- byte order mark.
function json.decode(text)
  misuse.check("json.decode's argument", text, "string")
  return core.decode(text:sub(1, #bom) == bom and text:sub(#bom + 1) or text)
end

-- The JSON text; what cannot be JSON is an error that names the field and the script's line.
function json.encode(value)
  local text, problem = core.encode(value)
  if not text then
    misuse.raise("%s", problem)
  end
  return text
end

return json
