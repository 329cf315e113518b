-- Keys that stand twice in one table of a script's text: Lua takes the last of them in silence, and a setting that was
-- meant is not the one that is measured.
local twice = {}

-- What opens something that is no part of the table around it, and what ends that. A `for` and a `while` have their do.
local opens = { ["function"] = true, ["do"] = true, ["if"] = true, ["repeat"] = true, ["{"] = true, ["("] = true,
  ["["] = true }
local closes = { ["end"] = true, ["until"] = true, ["}"] = true, [")"] = true, ["]"] = true }

-- Behind a string in quotes that begins at `at`; nil where none does.
local function behind_quoted(text, at)
  local quote = text:match("^[\"']", at)
  while quote do
    at = text:find("[\\" .. quote .. "]", at + 1)
    if text:byte(at) ~= 92 then
      return at + 1
    end
    at = at + 1
  end
end

-- Where the next word or sign stands and what is behind it, a string being one; nil behind the last one.
local function next_token(text, at)
  at = text:find("%S", at)
  local comment = at and text:match("^%-%-()", at)
  local level, inside = text:match("^%[(=*)%[()", comment or at)
  local behind = level and select(2, text:find("]" .. level .. "]", inside, true)) + 1
    or comment and (text:find("\n", comment, true) or #text + 1)
  if comment then
    return next_token(text, behind)
  end
  return at, at and (behind or behind_quoted(text, at) or text:match("^[%w_]+()", at) or at + 1)
end

-- The key of an item that begins at `at`, { name = ... } or { ["name"] = ... }, or nil.
local function key_at(text, at)
  return text:match("^([%a_][%w_]*)%s*=%f[^=]", at) or text:match("^%[%s*\"([^\"\\]*)\"%s*%]%s*=%f[^=]", at)
end

-- The first key that stands twice in one table, and where; nil where there is none. text: of a script that Lua reads.
function twice.find(text)
  local open, is_item = {}, false -- the keys of a table, or false for what is none
  local at, behind = next_token(text, 1)
  while at do
    local token, keys = text:sub(at, behind - 1), open[#open]
    local key = is_item and key_at(text, at)
    if key and keys[key] then
      return key, at
    elseif key then
      keys[key] = true
    end
    if closes[token] then
      open[#open] = nil
    elseif opens[token] then
      open[#open + 1] = token == "{" and {}
    end
    is_item = open[#open] and (token == "{" or token == "," or token == ";")
    at, behind = next_token(text, behind)
  end
end

-- A sentence, or nil. path: of the script.
function twice.complaint(text, path)
  local key, at = twice.find(text)
  if key then
    local _, lines = text:sub(1, at):gsub("\n", "")
    return ("%s:%d: %s stands twice in one table, and only the last one would count"):format(path, lines + 1, key)
  end
end

return twice
