-- Which run a word means, and its rows.
local store = require "core.store"

local run = {}

local function one(sql, ...)
  return store.query(sql, ...)[1]
end

local function from_end(back)
  return one("SELECT run FROM runs ORDER BY run DESC LIMIT 1 OFFSET ?1", back)
end

local function by_uuid(word)
  local found = store.query("SELECT run FROM runs WHERE substr(uuid, 1, length(?1)) = lower(?1) LIMIT 2", word)
  if #found > 1 then
    return nil, ("several runs have a uuid that begins with %s; give more of it"):format(word)
  end
  return found[1]
end

-- A number, last, last~1, or the start of a uuid -> the run's number, or nil and a sentence.
function run.resolve(word)
  local back = word == "last" and 0 or math.tointeger(word:match "^last~(%d+)$")
  local row, message
  if back then
    row = from_end(back)
    message = "no run that far back in " .. store.path()
  else
    local number = math.tointeger(word:match "^%d+$")
    row = number and one("SELECT run FROM runs WHERE run = ?1", number)
    if not row and word:find "^[%x-]+$" and #word >= 4 then
      row, message = by_uuid(word)
    end
  end
  if row then
    return row.run
  end
  return nil, message or ("no run %s in %s; bench list shows what there is"):format(word, store.path())
end

function run.rows(view, number, order)
  return store.query(("SELECT * FROM %s WHERE run = ?1 ORDER BY %s"):format(view, order), number)
end

-- Everything about a run but its requests: tables by name.
function run.read(number)
  return {
    run = run.rows("runs", number, "1")[1],
    backends = run.rows("backends", number, "rowid_order"),
  }
end

return run
