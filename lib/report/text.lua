-- Text for a terminal: nothing in it can move the cursor, paragraphs are wrapped by display width.
local core_text = require "core.text"
local output = require "core.output"

local text = {}

text.page = 80 -- columns that hold everything
text.columns = output.is_terminal "stdout" and math.min(text.page, output.columns()) or text.page

-- One line without control characters; what a model or a server wrote is shown, never obeyed.
function text.line(value)
  return core_text.shown((tostring(value):gsub("[\r\n\t]+", " ")))
end

-- The same words where Markdown is read: no link, image, tag or emphasis comes of what a model or a stranger wrote, and
-- no end of a cell.
function text.markdown(words)
  words = words:gsub("[\\`*|]", "\\%0"):gsub("%]%(", "]\\(")
  return (words:gsub("<%f[%a/!?]", "\\<"):gsub("&%f[%w#]", "\\&"))
end

-- Cut to a display width, with an ellipsis.
function text.cut(value, width)
  if core_text.width(value) <= width then
    return value
  elseif not value:find "[^ -~]" then
    return value:sub(1, width - 1) .. "…"
  end
  local kept, used = {}, 1
  for _, code in utf8.codes(value) do
    local character = utf8.char(code)
    used = used + core_text.width(character)
    if used > width then
      break
    end
    kept[#kept + 1] = character
  end
  return table.concat(kept) .. "…"
end

function text.pad(value, width, right)
  local space = (" "):rep(width - core_text.width(value))
  return right and space .. value or value .. space
end

-- Where a line of Chinese, Japanese or Korean may be broken: at each character of theirs, but before none that closes
-- and after none that opens.
local wide_ranges = { { 0x2E80, 0x9FFF }, { 0xAC00, 0xD7A3 }, { 0xF900, 0xFAFF }, { 0xFF00, 0xFFEF },
  { 0x20000, 0x3FFFF } }
local closing, opening = {}, {}
for _, code in utf8.codes "，。、！？：；）」』》】〉％,.!?:;)]}%" do
  closing[code] = true
end
for _, code in utf8.codes "（「『《【〈([{" do
  opening[code] = true
end

local function is_wide(code)
  for _, range in ipairs(wide_ranges) do
    if code >= range[1] and code <= range[2] then
      return true
    end
  end
  return false
end

local function may_break(before, after)
  return (is_wide(before) or is_wide(after)) and not opening[before] and not closing[after]
end

-- Adds { text, gap } for each piece of a word that stays in one line; gap: the blank before the word, or nothing.
local function add_pieces(pieces, word, gap)
  local from, before = 1, nil
  for at, code in utf8.codes(word) do
    if before and may_break(before, code) then
      pieces[#pieces + 1] = { word:sub(from, at - 1), gap }
      from, gap = at, ""
    end
    before = code
  end
  pieces[#pieces + 1] = { word:sub(from), gap }
end

local function pieces_of(value)
  local pieces = {}
  for word in value:gmatch "%S+" do
    if word:find "^%%" and #pieces > 0 then -- "10 %" stays together
      pieces[#pieces][1] = pieces[#pieces][1] .. " " .. word
    elseif word:find "[\xE2-\xF4]" and utf8.len(word) then
      add_pieces(pieces, word, " ")
    else
      pieces[#pieces + 1] = { word, " " }
    end
  end
  return pieces
end

-- Lines of at most `width` columns; the first begins with `first`, the others with `rest`.
function text.wrap(value, first, rest, width)
  width = width or text.columns
  local lines, line = {}, first
  local used, empty = core_text.width(first), true
  for _, piece in ipairs(pieces_of(value)) do
    local word, gap = piece[1], piece[2]
    local size = core_text.width(word)
    if not empty and used + #gap + size > width then
      lines[#lines + 1] = line
      line, used, empty = rest, core_text.width(rest), true
    end
    if not empty then
      line, used = line .. gap, used + #gap
    end
    line, used, empty = line .. word, used + size, false
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n") .. "\n"
end

return text
