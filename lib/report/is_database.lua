-- Whether a database of SQLite is what a path names.
local source = require "core.source"

return function(path)
  local file = source.kind(path) == "file" and io.open(path, "rb")
  local start = file and file:read(16)
  if file then
    file:close()
  end
  return start == "SQLite format 3\0"
end
