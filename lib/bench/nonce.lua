-- Text that makes a prompt new to a server's cache and always costs the same number of tokens: words of
-- equal length that common vocabularies hold as one token each. Never the same in two runs.
local random = require "core.random"

local nonce = {}

local words = { "time", "year", "hand", "part", "case", "week", "home", "room", "area", "fact", "book", "work",
  "life", "word", "side", "kind", "head", "line", "name", "city", "team", "body", "back", "face", "door", "road",
  "food", "mind", "game", "land", "form", "idea" }

local generator = random.new(random.fresh_seed(), 0)
local turn = generator:below(#words)

-- "( time year hand part ) ": the first word differs from the one before.
function nonce.text()
  turn = (turn + 1) % #words
  local chosen = { words[turn + 1] }
  for index = 2, 4 do
    chosen[index] = words[generator:below(#words) + 1]
  end
  return "( " .. table.concat(chosen, " ") .. " ) "
end

-- For servers that take a salt beside the prompt.
function nonce.salt()
  local parts = {}
  for index = 1, 6 do
    parts[index] = words[generator:below(#words) + 1]
  end
  return table.concat(parts, "-")
end

return nonce
