-- What somebody who comes from another language probably meant where Lua does not read on.
local lists = require "bench.lists"

local syntax = {}

local LINES_BACK = 4

-- Pattern of a line without its strings and comments, and what Lua has instead. The first that is found counts.
-- These may be read as something else up to a later line.
local early = {
  { "%f[%w_]for%s.*%sin%s+range%s*%(", "for i = 1, n do ... end" },
  { "%f[%w_]elif%f[^%w_]", "elseif ... then" },
  { "%f[%w_]else%s+if%f[^%w_].*[:{]%s*$", "elseif ... then" },
  { "%f[%w_]if%s.*[:{]%s*$", "if ... then ... end" },
  { "%f[%w_]while%s.*[:{]%s*$", "while ... do ... end" },
  { "%f[%w_]for%s.*[:{]%s*$", "for key, value in pairs(list) do ... end" },
  { "[%w_%])]%s*%+%+", "x = x + 1" },
}
local at_once = {
  { "^%s*#", "-- a comment" },
  { "^%s*//", "-- a comment" },
  { "^%s*/%*", "-- a comment" },
  { "^%s*def%s", "local function name(...) ... end" },
  { "^%s*import%s", "local name = require \"name\" (name.lua beside the script)" },
  { "^%s*from%s", "local name = require \"name\" (name.lua beside the script)" },
  { "^%s*let%s", "local name = value" },
  { "^%s*const%s", "local name = value" },
  { "^%s*var%s", "local name = value" },
  { "^%s*try%s*[:{]", "pcall(function() ... end)" },
  { "[%w_%])]%s*[-+*/%%]=", "x = x + 2" },
  { "!=", "a ~= b" },
  { "if%s[^=]*[^=~<>]=[^=].*%f[%w_]then%f[^%w_]", "a == b" },
  { "&&", "a and b" },
  { "||", "a or b" },
  { "!", "not a" },
  { "[=(]%s*%[[^%[=]", "{ a, b }" },
  { "[{,]%s*\"\"%s*:", "{ name = value }" },
  { "[{,]%s*[%a_][%w_]*%s*:%s", "{ name = value }" },
  { "=>", "function(...) ... end" },
}

-- Characters that an input method or a word processor writes where Lua has another one; the wide forms of ASCII come
-- to them by their numbers.
local typed = {
  ["\u{2018}"] = "'", ["\u{2019}"] = "'", ["\u{201C}"] = '"', ["\u{201D}"] = '"', ["\u{201E}"] = '"',
  ["\u{2013}"] = "-", ["\u{2014}"] = "-", ["\u{2212}"] = "-", ["\u{2026}"] = "...", ["\u{D7}"] = "*",
  ["\u{F7}"] = "/", ["\u{2260}"] = "~=", ["\u{2264}"] = "<=", ["\u{2265}"] = ">=", ["\u{3001}"] = ",",
  ["\u{3002}"] = ".", ["\u{3010}"] = "[", ["\u{3011}"] = "]",
}
local blanks = lists.set { "\u{A0}", "\u{200B}", "\u{202F}", "\u{3000}", "\u{FEFF}" }

-- Strings become empty ones: what stands in them is no code.
local function bare(line)
  line = line:gsub("\\.", ""):gsub("\"[^\"]*\"", "\"\""):gsub("'[^']*'", "\"\"")
  return (line:gsub("%-%-.*", ""))
end

local function lines_of(text)
  local lines = {}
  for line in (text .. "\n"):gmatch "(.-)\r?\n" do
    lines[#lines + 1] = line
  end
  return lines
end

local function find(habits, line)
  for _, habit in ipairs(habits) do
    if line:find(habit[1]) then
      return habit[2]
    end
  end
end

local function find_around(lines, number)
  local habit = lines[number] and find(at_once, bare(lines[number]))
  for at = number, math.max(1, number - LINES_BACK), -1 do
    habit = habit or lines[at] and find(early, bare(lines[at]))
  end
  return habit
end

local keywords = lists.set { "and", "break", "do", "else", "elseif", "end", "for", "function", "goto", "if", "in",
  "local", "or", "repeat", "return", "then", "until", "while" }

-- Where a list, or what a function is called with, goes on with another item and Lua wants its end: that end.
local function unfinished(fault)
  local close, after = fault:match ": '([})])' expected.* near '(.-)'$"
  return close and after:find "^[%w_\"'{%[]" and not keywords[after] and close
end

-- Lua knows bytes: of a character of several it names the first. What it is, and what was to stand there.
local function of_character(fault, line)
  local character = fault:find "near '<\\%d+>'$" and bare(line):match "[\xC2-\xF4][\x80-\xBF]+"
  if not character or not utf8.len(character) then
    return nil
  end
  local code = utf8.codepoint(character)
  local instead = typed[character] or code >= 0xFF01 and code <= 0xFF5E and string.char(code - 0xFEE0)
  if blanks[character] then
    character, instead = ("U+%04X"):format(code), "a blank"
  end
  return ("%s. In Lua: %s"):format(fault:gsub("near '.-'$", ("near '%s'"):format(character)),
    instead or "letters of names are a to z and A to Z")
end

-- fault: what Lua says of the text, "mine.lua:3: syntax error near '+'"; returned with what Lua has instead, where the
-- line looks like another language, or with what it lacks.
function syntax.explain(fault, text)
  if fault:find "C stack overflow$" then
    return fault .. ": some 200 brackets, blocks or functions stand within each other, more than Lua reads"
  end
  local number = tonumber(fault:match ":(%d+): .* near ")
  local lines = number and lines_of(text)
  local strange = number and of_character(fault, lines[number] or "")
  if strange then
    return strange
  end
  local habit = number and find_around(lines, number)
  if habit then
    return ("%s. In Lua: %s"):format(fault, habit)
  end
  local close = unfinished(fault)
  return close and ("%s. Is a comma or a %s missing before it?"):format(fault, close) or fault
end

return syntax
