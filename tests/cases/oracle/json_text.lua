-- Writes JSON in any of the ways in which servers write it. A value is a number, a boolean, a Lua string (as it
-- stands), json_text.null, json_text.words(code points), json_text.list { ... } or
-- json_text.object { { key, value }, ... }.
local chance = require "chance"

local json_text = { null = {} }

function json_text.words(points)
  return { points = points }
end

function json_text.list(values)
  return { values = values }
end

function json_text.object(fields)
  return { fields = fields }
end

local short = { [8] = "\\b", [9] = "\\t", [10] = "\\n", [12] = "\\f", [13] = "\\r", [34] = '\\"', [92] = "\\\\" }

-- How all of one stream is written. lines: a blank may be a line end.
function json_text.style(lines)
  return {
    escapes = chance.weighed { { 5, "few" }, { 3, "wide" }, { 1, "all" } },
    capitals = chance.of(0.3),
    slash = chance.of(0.2),
    longhand = chance.of(0.2),
    colon = chance.pick { ":", ": ", " : " },
    comma = chance.pick { ",", ", " },
    open = lines and chance.pick { "", "\n", "\n  " } or chance.pick { "", "", " ", "\t" },
    order = chance.of(0.4) and chance.whole(1, 1 << 30),
  }
end

local function unit(style, number)
  return (style.capitals and "\\u%04X" or "\\u%04x"):format(number)
end

local function escaped(style, point)
  if point > 0xFFFF then
    local rest = point - 0x10000
    return unit(style, 0xD800 + (rest >> 10)) .. unit(style, 0xDC00 + (rest & 0x3FF))
  end
  return unit(style, point)
end

local function is_escaped(style, point)
  if point < 0x20 or point == 34 or point == 92 or point >= 0xD800 and point <= 0xDFFF then return true end
  return style.escapes == "all" or style.escapes == "wide" and point >= 0x7F
end

local function character(style, point)
  if point == 47 and style.slash then return "\\/" end
  if not is_escaped(style, point) then return utf8.char(point) end
  return not style.longhand and short[point] or escaped(style, point)
end

local function text(style, points)
  local out = {}
  for i, point in ipairs(points) do out[i] = character(style, point) end
  return '"' .. table.concat(out) .. '"'
end

local function key_rank(order, key)
  local hash = order
  for i = 1, #key do hash = (hash * 31 + key:byte(i)) % 1000003 end
  return hash
end

-- In one order throughout a stream, whatever it is.
local function ordered(style, fields)
  if not style.order then return fields end
  local out = table.move(fields, 1, #fields, 1, {})
  table.sort(out, function(a, b)
    local left, right = key_rank(style.order, a[1]), key_rank(style.order, b[1])
    return left < right or left == right and a[1] < b[1]
  end)
  return out
end

local write

local function container(style, open, close, parts)
  if #parts == 0 then return open .. close end
  return open .. style.open .. table.concat(parts, style.comma .. style.open) .. style.open .. close
end

local function object(style, fields)
  local parts = {}
  for i, field in ipairs(ordered(style, fields)) do
    parts[i] = '"' .. field[1] .. '"' .. style.colon .. write(style, field[2])
  end
  return container(style, "{", "}", parts)
end

local function list(style, values)
  local parts = {}
  for i, value in ipairs(values) do parts[i] = write(style, value) end
  return container(style, "[", "]", parts)
end

function write(style, value)
  if value == json_text.null then return "null" end
  if type(value) ~= "table" then return tostring(value) end
  if value.points then return text(style, value.points) end
  if value.fields then return object(style, value.fields) end
  return list(style, value.values)
end
json_text.write = write

return json_text
