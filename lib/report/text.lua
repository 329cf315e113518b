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

-- Cut to a display width, with an ellipsis.
function text.cut(value, width)
  if core_text.width(value) <= width then
    return value
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

-- Lines of at most `width` columns; the first begins with `first`, the others with `rest`.
function text.wrap(value, first, rest, width)
  width = width or text.columns
  local lines, line = {}, first
  local used, empty = core_text.width(first), true
  for word in value:gmatch "%S+" do
    local size = core_text.width(word)
    if not empty and used + 1 + size > width then
      lines[#lines + 1] = line
      line, used, empty = rest, core_text.width(rest), true
    end
    if not empty then
      line, used = line .. " ", used + 1
    end
    line, used, empty = line .. word, used + size, false
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n") .. "\n"
end

return text
