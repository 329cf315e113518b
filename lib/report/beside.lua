-- Two values to be shown beside each other, so cut that what is not the same does not look the same.
local text = require "report.text"

local LEAD = 12 -- characters of what two values have alike, before they differ

-- Where the character stands that is LEAD before the first one in which a and b, both UTF-8, differ; 1 where there are
-- not so many.
local function before_difference(a, b)
  local at = 1
  while at <= #a and a:byte(at) == b:byte(at) do
    at = at + 1
  end
  return utf8.offset(a, -LEAD, utf8.offset(a, 0, at)) or 1
end

local function one_line(value, columns)
  return value ~= nil and text.cut(text.line(value), columns) or nil
end

-- Both in one line each, of so many columns at most; nil for nil.
return function(a, b, columns)
  local one, other = one_line(a, columns), one_line(b, columns)
  if a == nil or one ~= other then
    return one, other
  end
  local whole, other_whole = text.line(a), text.line(b)
  local from = whole ~= other_whole and before_difference(whole, other_whole) or 1
  if from == 1 then
    return one, other
  end
  return one_line("…" .. whole:sub(from), columns), one_line("…" .. other_whole:sub(from), columns)
end
