-- The files that a script requires, as notes of its run: the hash of the script does not tell when one of them changed.
local core_text = require "core.text"
local session = require "bench.session"
local workers = require "bench.workers"

local helpers = {}
local waiting = {} -- of files that were required before bench.scenario

function helpers.write()
  for _, file in ipairs(waiting) do
    workers.record("note", "required " .. file.path, file.digest)
  end
  waiting = {}
end

function helpers.keep(path, text)
  waiting[#waiting + 1] = { path = path, digest = core_text.digest(text):sub(1, 8) }
  if session.scenario then
    helpers.write()
  end
end

return helpers
