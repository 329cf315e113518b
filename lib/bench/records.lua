-- A file of prompts or arrivals, read record by record: how it is read is told by its ending. It stays on disk.
local clock = require "core.clock"
local core = require "core.records"
local csv = require "bench.csv"
local json = require "core.json"
local misuse = require "bench.misuse"
local output = require "core.output"
local text = require "core.text"

local records = {}

local forms = { txt = "lines", jsonl = "json", ndjson = "json", json = "json", csv = "quoted" }
local packed = { bz2 = true, gz = true, xz = true, zip = true, zst = true }
local longest_silence = 2 -- s
local longest_turn = 0.002 -- s of reading before others have their turn: no loop is late because of it

local methods = {}
methods.__index = methods

local bom = "\xEF\xBB\xBF"

local readers = {
  lines = function(_, line)
    return line
  end,
  json = function(_, line)
    local value, message = json.decode(line, true)
    if value == nil and line:find "^%s*{" and not line:find "}%s*$" then
      return nil, "no whole JSON value: one stands in one line, without a comma behind it, or all in one list, [ ... ]"
    end
    return value, message
  end,
  quoted = function(self, line)
    return csv.row(self.header, line)
  end,
}

-- What record `number` says, and its line: a text (.txt), a JSON value, or the row of a CSV file. nil where there
-- are not so many; nil, message, line where it cannot be read.
function methods:read(number)
  local line, at, failed_at = self.inner:read(number + self.skipped)
  if not line then
    return nil, at, failed_at
  elseif not text.is_utf8(line) then
    return nil, "not valid UTF-8; save the file as UTF-8", at
  elseif line:sub(1, #bom) == bom then
    return nil, "it begins with a byte order mark, as where files were joined; take that out", at
  end
  local value, message = readers[self.form](self, line)
  if value == nil then
    return nil, message, at
  end
  return value, at
end

-- Ends the run, unless it only began, with the place in the file.
function methods:refuse(line, format, ...)
  local place = line and line > 0 and ("%s:%d"):format(self.path, line) or self.path
  misuse.refuse_here("%s: %s", place, format:format(...))
end

-- Gives others their turn, and says what takes so long.
local function pause(self, began)
  self.began = self.began or began
  if clock.now() - began < longest_turn then
    return began
  end
  if not clock.sleep(0) then
    misuse.raise("the run is ending")
  end
  if not self.is_said and clock.now() - self.began > longest_silence then
    self.is_said = true
    output.err(("bench: reading %s\n"):format(self.path))
  end
  return clock.now()
end

-- for number, value, line in file:each(): all records in order. Refuses what cannot be read.
function methods:each()
  local began, number = clock.now(), 0
  return function()
    number = number + 1
    began = pause(self, began)
    local value, line, failed_at = self:read(number)
    if value == nil and line then
      self:refuse(failed_at, "%s", line)
    end
    return value ~= nil and number or nil, value, line
  end
end

local function read_header(file)
  local line, at, failed_at = file.inner:read(1)
  if not line and not at then
    file:refuse(nil, "it is empty")
  elseif not line then
    file:refuse(failed_at, "%s", at)
  end
  local names, message = csv.header(line)
  if not names then
    file:refuse(at, "%s", message)
  end
  file.header, file.header_line, file.skipped = names, at, 1
end

-- `what` names the caller in messages.
function records.open(what, path)
  local ending = (path:match("%.(%w+)$") or ""):lower()
  local form = forms[ending]
  if packed[ending] then
    misuse.refuse_here("%s: %s: it is compressed; unpack it", what, path)
  elseif not form then
    misuse.refuse_here("%s: %s: the ending says how a file is read: .txt (one a line), .jsonl (JSON, one a line),"
      .. " .json (a list, or one a line) or .csv (with a header line)", what, path)
  end
  local inner, message = core.open(path, form)
  if not inner then
    misuse.refuse_here("%s: %s", what, message)
  end
  local file = setmetatable({ path = path, form = form, inner = inner, skipped = 0 }, methods)
  if form == "quoted" then
    read_header(file)
  end
  return file
end

return records
