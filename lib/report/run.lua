-- Which run a word means, and everything that its page shows, as rows.
local added = require "bench.added"
local ask = require "report.ask"
local client_error = require "report.client_error"
local core_text = require "core.text"
local defaults = require "report.defaults"
local is_database = require "report.is_database"
local lists = require "bench.lists"
local source = require "core.source"
local store = require "core.store"
local tallies = require "report.tallies"
local template = require "report.template"

local run = {}

local LEAST = 4 -- letters of a uuid: a number is none

local function by_uuid(word)
  local found = ask.rows("report/run_by_uuid", word)
  if #found > 1 then
    return nil, ("several runs have a uuid that begins with %s; give more of it"):format(word)
  end
  return found[1]
end

local function by_number_or_uuid(word)
  local number = word:find "^%d+$" and math.tointeger(word)
  local row = number and ask.row("report/run", number)
  if not row and word:find "^[%x-]+$" and #word >= LEAST then
    return by_uuid(word)
  end
  return row
end

local borrowed = {} -- path -> the runs of that file, under their numbers here

local function runs_of(path)
  if store.is_at(path) then
    return ask.rows "report/runs_here"
  end
  local shift, message = store.borrow(path)
  if not shift then
    return nil, message
  end
  return ask.rows("report/runs_beyond", shift)
end

-- The one run of a file: of the database itself, or of another one, which is then seen beside it.
local function by_file(path)
  local message
  if not borrowed[path] then
    borrowed[path], message = runs_of(path)
  end
  local rows = borrowed[path]
  if rows and #rows == 0 then
    return nil, ("%s holds no run"):format(path)
  elseif rows and #rows > 1 then
    return nil, ("%s holds %d runs: say which with --db %s RUN"):format(path, #rows, path)
  end
  return rows and rows[1], message
end

-- What may have been meant by a word that is none.
local function hint(word)
  local back, number = word:match "^last%p*(%d+)$", word:match "^#(%d+)$"
  local meant = ask.row("report/run_meant", word)
  if back or number then
    return ("; write %s"):format(number or "last~" .. back)
  elseif meant.is_label == 1 then
    return ("; it is a label: bench list --label %s"):format(core_text.quoted(word))
  elseif meant.is_scenario == 1 then
    return ("; it is a scenario: bench list --scenario %s"):format(core_text.quoted(word))
  elseif word:find "^%x+$" and word:find "%a" and #word < LEAST then
    return ("; of a uuid give %d letters or more"):format(LEAST)
  end
  return "; bench list shows what there is"
end

-- A number, last, last~1, the start of a uuid, or a file of `bench export` -> the run's number, or nil
-- and a sentence.
function run.resolve(word)
  local back = word == "last" and 0 or math.tointeger(word:match "^last~(%d+)$")
  local row, message
  if back then
    row = ask.row("report/run_back", back)
    message = back == 0 and "there is no run in " .. store.path() or "there is no run that far back"
  else
    row, message = by_number_or_uuid(word)
    if not row and not message and is_database(word) then
      row, message = by_file(word)
    end
  end
  if row then
    return row.run
  end
  if not message and word:find "[/.]" then
    return nil, (source.kind(word) == "file" and "%s is no file of bench export" or "there is no file %s"):format(word)
  end
  local before = word:match "^(.+):[%w._-]+$"
  if not message and before and run.resolve(before) then
    return nil, ("%s is a run and its backend, which bench compare takes; the run is %s"):format(word, before)
  end
  return nil, message or ("there is no run %s in %s"):format(word, store.path()) .. hint(word)
end

-- Several words -> a list of numbers, or nil and a sentence.
function run.resolve_all(words)
  local numbers = {}
  for i, word in ipairs(words) do
    local number, message = run.resolve(word)
    if not number then
      return nil, message
    end
    numbers[i] = number
  end
  return numbers
end

local KEPT_BACK = 12 -- of the last columns, which are for comparing: the file, where it is, what a server answered

function run.backends(number)
  local backends = ask.rows("report/backends", number)
  for _ = 1, KEPT_BACK do
    backends.columns[#backends.columns] = nil
  end
  for _, backend in ipairs(backends) do
    backend.rendered = template.prompt_of(backend.rendered)
    backend.adapters = added.adapters_of(backend.adapters)
    backend.drafts = added.drafts_of(backend.drafts)
    backend.remote = added.host_of(backend.remote)
    backend.changed = backend.changed and (backend.changed:match "%((.+)%): " or backend.changed)
    backend.is_ollama = backend.own ~= nil
    backend.defaults = defaults.of_show(backend.own) or defaults.of_props(backend.props)
  end
  return backends
end

local LISTS = { "summary", "phases", "notes", "checks", "promises", "warnings" }

-- Everything about a run but its requests: lists of rows by name, and run, health, total as one row.
function run.read(number)
  local document = { number = number }
  local runs = ask.rows("report/run_shown", number)
  document.run, document.run_columns = runs[1], runs.columns
  local declared = ask.row("report/run", number)
  document.title, document.has_parts_elsewhere = declared.summary, not declared.workers
  document.goes_on = store.goes_on(number)
  document.backends = run.backends(number)
  for _, name in ipairs(LISTS) do
    document[name] = ask.rows("report/" .. name, number)
  end
  document.health = ask.row("report/health", number)
  document.client_error = client_error.of(store.query, number)
  return lists.fill(document, tallies.of(number))
end

return run
