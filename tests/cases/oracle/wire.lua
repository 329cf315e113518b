-- From a body to what goes over the wire, and when: coding, transfer, where it breaks off, and how it is cut into
-- sends. A layer is bytes and a map: how many bytes of it hold the first n of what it carries.
local chance = require "chance"

local wire = {}

-- --- layers ---

-- Cuts into pieces, each between what `open` and `close` make of it.
local function wrapped(bytes, size_of, open, close)
  local out, starts, at, size = {}, {}, 0, 0
  local function add(text)
    out[#out + 1] = text
    size = size + #text
  end
  while at < #bytes do
    local piece = bytes:sub(at + 1, at + size_of())
    add(open(piece))
    starts[#starts + 1] = { inner = at, outer = size }
    add(piece)
    add(close(piece))
    at = at + #piece
  end
  return table.concat(out), function(n)
    local found = { inner = 0, outer = 0 }
    for _, start in ipairs(starts) do
      if start.inner >= n then break end
      found = start
    end
    return n == 0 and 0 or found.outer + n - found.inner
  end
end

local function chunked(bytes)
  local most = chance.pick { 7, 60, 400, 5000 }
  local number = chance.pick { "%x", "%x", "%X", "%04x" }
  local extension = chance.of(0.15)
  local text, map = wrapped(bytes, function() return chance.whole(1, most) end, function(piece)
    return number:format(#piece) .. (extension and chance.of(0.3) and ";name=value" or "") .. "\r\n"
  end, function() return "\r\n" end)
  return text, map, chance.of(0.1) and "0\r\nX-Trailer: 1\r\n\r\n" or "0\r\n\r\n"
end

local crc_table = {}
for i = 0, 255 do
  local value = i
  for _ = 1, 8 do value = value & 1 == 1 and 0xEDB88320 ~ (value >> 1) or value >> 1 end
  crc_table[i] = value
end

local function crc_of(bytes)
  local crc = 0xFFFFFFFF
  for i = 1, #bytes do crc = crc_table[(crc ~ bytes:byte(i)) & 0xFF] ~ (crc >> 8) end
  return crc ~ 0xFFFFFFFF
end

-- gzip without compression: stored blocks, as a server flushes them.
local function gzipped(bytes)
  local text, map = wrapped(bytes, function() return chance.whole(1, 600) end, function(piece)
    return ("<BI2I2"):pack(0, #piece, ~#piece & 0xFFFF)
  end, function() return "" end)
  local head = "\31\139\8\0\0\0\0\0\0\3"
  return head .. text .. "\1\0\0\255\255" .. ("<I4I4"):pack(crc_of(bytes), #bytes), function(n)
    return n == 0 and 0 or #head + map(n)
  end
end

-- --- the head ---

local function version_of_libcurl()
  local said = assert(io.popen "pkg-config --modversion libcurl")
  local version = said:read "a"
  said:close()
  return version
end

-- Servers write a charset where a coding should stand. libcurl 8 takes it for a coding before anybody can tell it
-- otherwise, and refuses what it then has to pass on.
local charsets = version_of_libcurl():find "^7%." and { "UTF-8", "utf8", "identity" } or { "identity" }

local types = {
  sse = { "text/event-stream", "text/event-stream; charset=utf-8", "Text/Event-Stream" },
  lines = { "application/x-ndjson" },
  whole = { "application/json", "application/json; charset=utf-8" },
}

local other_types = { sse = { "text/plain", "application/json" }, lines = { "text/plain" } }

local function head(plan, story)
  local framing = story.framing
  local lines = { ("HTTP/1.1 %d %s"):format(story.status, chance.pick { "OK", "", "Whatever It Is" }) }
  local function add(...) lines[#lines + 1] = (...):format(select(2, ...)) end
  local odd = (story.asks_stream and framing ~= "whole" or framing == "sse") and chance.of(0.05)
  add("%s: %s", chance.pick { "Content-Type", "content-type" },
    odd and chance.pick(other_types[framing]) or chance.pick(types[framing]))
  if plan.coded then
    add("Content-Encoding: gzip")
  elseif story.seed % 20 < #charsets then
    add("Content-Encoding: %s", plan.transfer == "chunked" and charsets[story.seed % 20 + 1] or "identity")
  end
  if plan.transfer == "chunked" then add("Transfer-Encoding: chunked") end
  if plan.transfer == "length" then add("Content-Length: %d", plan.length) end
  if plan.transfer == "close" or chance.of(0.1) then add("Connection: close") end
  if chance.of(0.1) then add("X-Long: %s", ("y"):rep(chance.whole(1, 3000))) end
  local early = chance.of(0.03) and "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" or ""
  return early .. table.concat(lines, "\r\n") .. "\r\n\r\n"
end

-- --- sends ---

local function some_cuts(size, natural)
  local cuts, style = {}, chance.weighed { { 4, "natural" }, { 3, "anywhere" }, { 1, "once" }, { 1, "bytes" } }
  if style == "natural" then
    for _, cut in ipairs(natural) do cuts[cut] = chance.of(0.9) or nil end
  elseif style == "anywhere" then
    for _ = 1, chance.whole(1, 12) do cuts[chance.whole(1, size)] = true end
  elseif style == "bytes" then
    local from = chance.whole(1, size)
    for cut = from, math.min(size, from + 120) do cuts[cut] = true end
  end
  cuts[size] = true
  local list = {}
  for cut in pairs(cuts) do
    if cut > 0 and cut <= size then list[#list + 1] = cut end
  end
  table.sort(list)
  return list, style == "bytes" and 0.3 or 1
end

local function sends_of(bytes, natural)
  local list, before, at = {}, 0, chance.pick { 0, 3, 10 }
  local cuts, pace = some_cuts(#bytes, natural)
  local gap = chance.pick { 2, 4, 4, 12 }
  for i, cut in ipairs(cuts) do
    list[i] = { at_ms = at, bytes = bytes:sub(before + 1, cut), last = cut }
    before, at = cut, at + (chance.of(0.1) and 0 or gap * pace * (0.5 + chance.whole(0, 10) / 10))
  end
  return list
end

local function quoted(bytes)
  return '"' .. bytes:gsub('[%c"\\\127-\255]', function(c) return ("\\x%02X"):format(c:byte()) end) .. '"'
end

-- --- all of it ---

-- Where an answer breaks off: at a byte of its body (nil: nowhere), and how it ends: END, CLOSE, RST, STALL (nothing
-- comes any more and the connection stays) or LEAVE (the client is gone before the rest).
local function choose_end(plan, story, body, marks)
  local patient = story.status < 400
  if not chance.of(0.15) then
    plan.act = chance.weighed { { 90, "END" }, { 4, "RST" }, { 4, "CLOSE" }, { patient and 2 or 0, "STALL" } }
    return
  end
  plan.act = chance.weighed { { 2, "END" }, { 4, "CLOSE" }, { 2, "RST" }, { patient and 2 or 0, "STALL" },
    { patient and 2 or 0, "LEAVE" } }
  if plan.act == "LEAVE" then return end
  local mark = chance.pick(marks)
  plan.cut = chance.weighed { { 3, chance.whole(0, #body) }, { 1, marks[#marks].last }, { 1, mark.whole },
    { 1, mark.last }, { 1, mark.whole - 1 }, { 1, chance.whole(mark.data, mark.last) } }
end

-- The client leaves in the middle of a pause that is made for it.
local function leave(plan, body, wire_size)
  local sends = plan.sends
  local last = chance.whole(1, #sends - 1)
  for i = last + 1, #sends do sends[i].at_ms = sends[i].at_ms + 300 end
  plan.leaves_ms = sends[last].at_ms + 150
  plan.cut = 0
  for n = 1, #body do
    if wire_size(n) > sends[last].last then break end
    plan.cut = n
  end
end

-- body, marks (framing.lua) -> a plan: cut, act, transfer, head, sends { at_ms, bytes, last }; send_of(n) is the number
-- of the send that holds the body's nth byte. HTTP/2 transfers by frames what has no length.
function wire.plan(story, body, marks, which_road)
  local plan = { transfer = chance.weighed { { 6, "chunked" }, { 1, "close" }, { 1, "length" } } }
  if which_road == "h2" and plan.transfer ~= "length" then plan.transfer = "frames" end
  choose_end(plan, story, body, marks)
  -- whose length was said is whole with its last byte: the next request would wait behind it
  local is_whole = plan.transfer == "length" and (plan.cut or #body) >= #body
  if plan.act == "STALL" and is_whole then plan.act = "END" end
  plan.coded = not plan.cut and plan.act ~= "LEAVE" and chance.of(0.06)
  local meant = body
  if plan.cut and plan.act == "END" then meant = body:sub(1, plan.cut) end
  local text, map, tail = meant, function(n) return n end, ""
  if plan.coded then text, map = gzipped(text) end
  if plan.transfer == "chunked" then
    local chunks, outer
    chunks, outer, tail = chunked(text)
    local inner = map
    text, map = chunks, function(n) return outer(inner(n)) end
  end
  plan.length = #text
  local breaks = plan.act ~= "END" and plan.act ~= "LEAVE"
  if plan.cut and breaks then text = text:sub(1, map(plan.cut)) end
  local top = head(plan, story)
  local bytes = top .. text .. (breaks and "" or tail)
  plan.head = top
  local natural = { #top }
  for i, mark in ipairs(marks) do
    if not plan.cut or mark.whole <= plan.cut then natural[i + 1] = #top + map(mark.whole) end
  end
  plan.sends = sends_of(bytes, natural)
  if plan.act == "LEAVE" and #plan.sends == 1 then plan.act = "END" end
  if plan.act == "LEAVE" then leave(plan, body, function(n) return #top + map(n) end) end
  plan.end_ms = plan.sends[#plan.sends].at_ms + (plan.act == "RST" and 20 or chance.pick { 0, 0, 5, 30 })
  function plan.send_of(n)
    for i, send in ipairs(plan.sends) do
      if send.last >= #top + map(n) then return i end
    end
    return #plan.sends
  end
  return plan
end

-- The answer as a play file has it (runtime/sim/PLAY.md).
function wire.play(plan, path)
  local lines = { "request POST " .. path, "  framing raw" }
  for _, send in ipairs(plan.sends) do
    lines[#lines + 1] = ("  @%.3f %s"):format(send.at_ms, quoted(send.bytes))
  end
  local act = plan.act == "LEAVE" and "END" or plan.act
  if act == "END" and plan.transfer == "close" then act = "CLOSE" end
  if act ~= "STALL" then lines[#lines + 1] = ("  @%.3f %s"):format(plan.end_ms, act) end
  return table.concat(lines, "\n") .. "\n"
end

return wire
