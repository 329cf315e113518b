-- Who is compared with whom: the words of the command line as pairs of sides, each a backend of a run.
local again = require "report.again"
local ask = require "report.ask"
local core_text = require "core.text"
local lists = require "bench.lists"
local misuse = require "bench.misuse"
local run = require "report.run"

local sides = {}

local function names_of(backends)
  return lists.column(backends, "backend")
end

local function find(backends, name)
  return lists.find(backends, "backend", name)
end

-- The file that the word of a run names, or nil: it means a run of this database.
local function file_of(word)
  local is_run = word == "last" or word:find "^last~%d+$" or word:find "^[%x-]+$"
  return not is_run and word or nil
end

-- "run 41", or the file that it is in: there it has a number that no command takes.
function sides.called(number, file)
  return file or ("run %d"):format(number)
end

local function no_backend(one, name)
  local names = names_of(one.backends)
  return ("%s has no backend %s%s (it has %s)"):format(sides.called(one.run, one.file), name, misuse.near(name, names),
    #names > 0 and table.concat(names, ", ") or "none")
end

-- For who names a backend where a run stands.
local function of_last_run(word)
  local last = run.resolve "last"
  local is_there = last and find(run.backends(last), word)
  return is_there and ("; run %d has a backend of that name: %d:%s"):format(last, last, word) or ""
end

-- RUN or RUN:BACKEND -> { run, file (or nil), backends, chosen (a backend, or nil) }, or nil and a sentence.
local function read(word)
  local number, message = run.resolve(word)
  local name
  if not number then
    local before, after = word:match "^([^:]+):(.+)$"
    if not before then
      return nil, message .. of_last_run(word)
    end
    number, message = run.resolve(before)
    word, name = before, after
  end
  if not number then
    return nil, message
  end
  local one = { run = number, file = file_of(word), backends = run.backends(number) }
  one.chosen = name and find(one.backends, name)
  if name and not one.chosen then
    return nil, no_backend(one, name)
  end
  return one
end

local function side(number, backend)
  return { run = number, backend = backend.backend, row = backend }
end

local function pair(base, base_backend, new, new_backend)
  return { base = side(base.run, base_backend), new = side(new.run, new_backend) }
end

local function nothing_within(base)
  local before = not base.file and ask.row("report/run_before", base.run, 0)
  return ("say what to compare %s with: bench compare %s"):format(sides.called(base.run, base.file),
    before and ("%d %d%s (the run before it)"):format(before.run, base.run, again.database()) or "BASE NEW")
end

-- One run by itself: its two backends.
local function within(base)
  local names = names_of(base.backends)
  if base.chosen or #names < 2 then
    return nil, nothing_within(base)
  elseif #names > 2 then
    local word = (base.file or base.run) .. ":"
    return nil, ("%s has %d backends; say which two: bench compare %s %s%s  (it has %s)"):format(
      sides.called(base.run, base.file), #names, core_text.quoted(word .. names[1]), core_text.quoted(word .. names[2]),
      base.file and "" or again.database(), table.concat(names, ", "))
  end
  return { pair(base, base.backends[1], base, base.backends[2]) }, {}
end

-- One backend was named on one side only: the other run's of the same name, or its only one.
local function matched(named, other)
  local found = find(other.backends, named.chosen.backend) or #other.backends == 1 and other.backends[1]
  if not found then
    return nil, no_backend(other, named.chosen.backend)
  end
  return found
end

local function one_named(base, new)
  local base_backend, new_backend, message = base.chosen, new.chosen, nil
  if not base_backend then
    base_backend, message = matched(new, base)
  elseif not new_backend then
    new_backend, message = matched(base, new)
  end
  if not (base_backend and new_backend) then
    return nil, message
  end
  return { pair(base, base_backend, new, new_backend) }, {}
end

-- Backends that the other run does not have.
local function alone(one, other)
  local missing = lists.filter(one.backends, function(backend) return not find(other.backends, backend.backend) end)
  return lists.map(missing, function(backend) return { run = one.run, backend = backend.backend } end)
end

-- Every backend that both runs have; a lone one on each side is meant even under another name.
local function across(base, new)
  local common = lists.filter(base.backends, function(backend) return find(new.backends, backend.backend) end)
  if #common == 0 and #base.backends == 1 and #new.backends == 1 then
    return { pair(base, base.backends[1], new, new.backends[1]) }, {}
  end
  return lists.map(common, function(backend)
    return pair(base, backend, new, find(new.backends, backend.backend))
  end), lists.append(alone(base, new), alone(new, base))
end

local function uuid_of(one)
  return ask.row("compare/run", one.run).uuid
end

-- Also where one is the other's export.
local function are_one(base, new)
  local base_name, new_name = base.chosen and base.chosen.backend, new.chosen and new.chosen.backend
  return base_name == new_name and (base.run == new.run or uuid_of(base) == uuid_of(new))
end

-- Words of the command line (the second may be nil) -> list of { base, new }, each side { run, backend (name),
-- row (its fingerprint) }, a list of { run, backend } that one run has alone, and of both { run (its number), file (or
-- nil) }; or nil and a sentence.
function sides.pairs(base_word, new_word)
  local base, message = read(base_word)
  if not base then
    return nil, message
  end
  local found, only
  if not new_word then
    found, only = within(base)
    return found, only, base, base
  end
  local new
  new, message = read(new_word)
  if not new then
    return nil, message
  end
  if are_one(base, new) then
    return nil, ("%s and %s are one and the same"):format(base_word, new_word)
  end
  if base.chosen or new.chosen then
    found, only = one_named(base, new)
  else
    found, only = across(base, new)
  end
  return found, only, base, new
end

return sides
