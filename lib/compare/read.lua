-- What one side did, out of the database: its groups (call, label, phase), each with blocks and totals.
local embedded = require "core.embedded"
local store = require "core.store"

local read = {}

read.MOST_BLOCKS = 30 -- of requests that were not asked in rounds
read.metrics = { "ttft", "tpot", "e2e", "tokens_per_s", "decode_tps", "server_decode_tps", "chars_per_s" }

-- The rows of db/compare/NAME.sql.
function read.rows(name, ...)
  local sql = embedded.text("db/compare/" .. name .. ".sql")
  return store.query(sql, ...)
end

-- number of a phase -> what stands for it in another run: its label and arrivals, and which one of these it is.
local function phase_names(run)
  local names, seen = {}, {}
  for _, row in ipairs(store.query("SELECT * FROM phases WHERE run = ?1 ORDER BY phase", run)) do
    local words = {}
    words[#words + 1] = row.label
    words[#words + 1] = row.arrivals
    local name = #words > 0 and table.concat(words, ", ") or row.kind or "phase"
    seen[name] = (seen[name] or 0) + 1
    names[row.phase] = seen[name] > 1 and ("%s %d"):format(name, seen[name]) or name
  end
  return names
end

local function key_of(row, phase)
  return ("%s\0%s\0%s"):format(row.call, row.label or "", phase or "")
end

local function group_of(groups, names, row)
  local phase = row.phase and (names[row.phase] or "phase " .. row.phase)
  local key = key_of(row, phase)
  return groups[key], key, phase
end

local function add_blocks(groups, names, rows, field)
  for _, row in ipairs(rows) do
    local group = group_of(groups, names, row)
    if group and row.block ~= nil then
      table.insert(group[field], row)
      group.in_rounds = group.in_rounds and row.in_round == 1
    end
  end
end

-- side: { run, backend }; by: "label" or "prompt". A list of groups in the order of their first requests, each
-- { key, call, label, phase (words), number (of the phase), work (a row of work.sql), finishes, blocks,
-- in_rounds }; and the same by key.
function read.groups(side, by)
  local names, list, by_key = phase_names(side.run), {}, {}
  for _, row in ipairs(read.rows("work", side.run, side.backend)) do
    local _, key, phase = group_of(by_key, names, row)
    local group = { key = key, call = row.call, label = row.label, phase = phase, number = row.phase, work = row,
      finishes = {}, blocks = {}, in_rounds = true }
    list[#list + 1], by_key[key] = group, group
  end
  add_blocks(by_key, names, read.rows("blocks", side.run, side.backend, read.MOST_BLOCKS, by, 50), "blocks")
  for _, row in ipairs(read.rows("finishes", side.run, side.backend)) do
    table.insert(group_of(by_key, names, row).finishes, row)
  end
  return list, by_key
end

-- The same blocks, each with a percentile (95) in place of the median: key of a group -> list.
function read.tail_blocks(side, by, percent)
  local names, lists = phase_names(side.run), {}
  for _, row in ipairs(read.rows("blocks", side.run, side.backend, read.MOST_BLOCKS, by, percent)) do
    local _, key = group_of(lists, names, row)
    lists[key] = lists[key] or {}
    table.insert(lists[key], row)
  end
  return lists
end

return read
