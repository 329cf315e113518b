-- Writes messages as a body in any legal way, and says of each where it lies. A mark is, in bytes of the body: from
-- (what may come before its data, a name say), data (its first byte of JSON), last (its last one), whole (that which
-- completes it: until then it is no message).
local chance = require "chance"

local framing = {}

local function new_body()
  return { parts = {}, size = 0, marks = {} }
end

local function add(body, bytes)
  body.parts[#body.parts + 1] = bytes
  body.size = body.size + #bytes
end

-- --- server-sent events ---

local line_ends = { lf = { "\n" }, crlf = { "\r\n" }, cr = { "\r" }, mixed = { "\n", "\r\n", "\r" } }

-- A CR and an LF behind it are one end, so that an empty line behind a CR has no LF alone.
local function end_of(body, style, empty)
  local ends = line_ends[style.ends]
  if empty and body.last_end == "\r" and style.ends == "mixed" then ends = { "\r\n", "\r" } end
  return chance.pick(ends)
end

local function line(body, style, text)
  local line_end = end_of(body, style, text == "")
  add(body, text)
  local behind = body.size
  add(body, line_end)
  body.last_end = line_end
  return behind
end

local function comment(body, style)
  line(body, style, chance.pick { ":", ": ping", ": OPENROUTER PROCESSING", ":data: x" })
  if chance.of(0.7) then line(body, style, "") end
end

local function nothing(body, style)
  chance.pick {
    function() line(body, style, "") end,
    function() comment(body, style) end,
    function() line(body, style, "data:"); line(body, style, "") end,
    function() line(body, style, "data: "); line(body, style, "") end,
    function() line(body, style, "retry: 3000"); line(body, style, "") end,
    function() line(body, style, "event: ping"); line(body, style, "data: ping"); line(body, style, "") end,
    function() line(body, style, "unknown: z") end,
    function() line(body, style, "unknown") end,
  }()
end

local function sse_message(body, style, message, text)
  local mark = { from = body.size }
  if message.event or style.names then line(body, style, "event: " .. (message.event or "message")) end
  if style.numbers then line(body, style, "id: " .. #body.marks) end
  for piece in (text .. "\n"):gmatch("(.-)\n") do
    add(body, chance.of(style.tight) and "data:" or "data: ")
    mark.data = mark.data or body.size
    mark.last = line(body, style, piece)
    if chance.of(style.busy * 0.3) then line(body, style, ": in between") end
  end
  line(body, style, "")
  mark.whole = body.size - #body.last_end + 1
  return mark
end

local function sse(tellings)
  local body = new_body()
  local style = { ends = chance.weighed { { 5, "lf" }, { 2, "crlf" }, { 1, "cr" }, { 1, "mixed" } },
    tight = chance.pick { 0, 0, 1, 0.5 }, busy = chance.pick { 0, 0, 0.3 }, names = chance.of(0.1),
    numbers = chance.of(0.1) }
  if chance.of(0.1) then add(body, "\u{FEFF}") end
  for i, telling in ipairs(tellings) do
    if chance.of(style.busy) then nothing(body, style) end
    body.marks[i] = sse_message(body, style, telling.message, telling.text)
  end
  if chance.of(style.busy) then nothing(body, style) end
  return body
end

-- --- lines ---

local function lines(tellings)
  local body = new_body()
  local line_end, busy = chance.pick { "\n", "\n", "\r\n" }, chance.pick { 0, 0, 0.2 }
  for i, telling in ipairs(tellings) do
    if chance.of(busy) then add(body, chance.pick { "\n", "\r\n", "  \n" }) end
    local mark = { from = body.size, data = body.size }
    add(body, telling.text)
    mark.last = body.size
    add(body, line_end)
    mark.whole = body.size
    body.marks[i] = mark
  end
  return body
end

local function whole(tellings)
  local body = new_body()
  if chance.of(0.1) then add(body, chance.pick { "\u{FEFF}", "\n", "  " }) end
  local mark = { from = body.size, data = body.size }
  add(body, tellings[1].text)
  mark.last = body.size
  if chance.of(0.3) then add(body, chance.pick { "\n", "\r\n", " " }) end
  mark.whole = body.size
  body.marks[1] = mark
  return body
end

local framings = { sse = sse, lines = lines, whole = whole }

-- tellings: { message, text } -> bytes, marks
function framing.write(kind, tellings)
  local body = framings[kind](tellings)
  return table.concat(body.parts), body.marks
end

return framing
