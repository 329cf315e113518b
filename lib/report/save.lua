-- Files that a command makes for people: whole, or as they were.
local is_database = require "report.is_database"
local source = require "core.source"

local save = {}

local function write_all(path, make)
  local file, message = io.open(path, "wb")
  if not file then
    return nil, message
  end
  local written, reason = true, nil
  make(function(text)
    if written then
      written, reason = file:write(text)
    end
  end)
  local closed, late = file:close()
  return written and closed, reason or late
end

local function write_beside(name, place, make)
  local done, written, message = pcall(write_all, name, make)
  if done and written then
    return os.rename(name, place)
  end
  os.remove(name)
  if not done then
    error(written, 0)
  end
  return nil, message
end

-- make(write): writes what is to stand in it. true, or nil and why not, which names the path.
function save.file(path, make)
  if is_database(path) then
    return nil, path .. " is a database, and stays one. Name another file with -o"
  end
  local name, place = source.beside(path)
  local saved, message
  if name then
    saved, message = write_beside(name, place, make)
    source.beside()
  else
    saved, message = write_all(path, make)
  end
  if saved then
    return true
  end
  return nil, message:find(path, 1, true) and message or ("%s: %s"):format(path, message)
end

return save
