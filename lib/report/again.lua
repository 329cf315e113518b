-- How a command finds what a page is about again.
local core_text = require "core.text"
local options = require "core.options"
local store = require "core.store"

local again = {}

-- What a command needs to find this file again: nothing where it is the usual one. One that was taken away while it was
-- written has a copy.
function again.database()
  local path = store.path():find "%.rescue%d*%.db$" and store.path() or options.db
  for _, word in ipairs(options.arguments) do
    path = word == store.path() and word or path
  end
  return path and " --db " .. core_text.quoted(path) or ""
end

-- A run as a word of a command; file: what it came out of, where its number is not one that a command takes.
function again.run(number, file)
  return file and core_text.quoted(file) or number .. again.database()
end

return again
