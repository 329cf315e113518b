-- Texts out of all of Unicode, as lists of code points: what is told may escape each of them, what is kept may not
-- differ in any. A lone half of a surrogate pair is read as U+FFFD.
local chance = require "chance"

local words = {}

local plain = { "the", " sky", " is", " blue", ",", " because", "\n", "\n\n", " ", "  ", "\t", "42", " =", "-1", "'s" }

-- What means something to those who read a stream.
local odd = { '"', "\\", "/", '{"error":{"message":"no"}}', "data: [DONE]\n\n", "[DONE]", "\r\n\r\n", "\r", "null", "}",
  '","content":"x', "\\u0041", "\\n", "%s%d%n", "</script>", "event: error", "<think>", "</think>", ": ping" }

local wide = { "天", "空", "是蓝色的", "é", "e\u{301}", "ß", "ﷺ", "שלום", "👩‍👩‍👧", "🌍", "𝒳", "🇨🇳", "ｗｉｄｅ" }

local points = { 0, 1, 7, 8, 0x0B, 0x0C, 0x1B, 0x1F, 0x7F, 0x80, 0x85, 0xA0, 0xAD, 0x7FF, 0x800, 0x200B, 0x2028, 0x2029,
  0x202E, 0xD7FF, 0xE000, 0xFEFF, 0xFFFD, 0xFFFE, 0xFFFF, 0x10000, 0x1F600, 0x2FFFF, 0xE0041, 0xFFFFF, 0x10FFFD,
  0x10FFFF }

local function of_text(text)
  local list = {}
  for _, point in utf8.codes(text) do list[#list + 1] = point end
  return list
end
words.of_text = of_text

local function one()
  return chance.weighed {
    { 12, function() return of_text(chance.pick(plain)) end },
    { 3, function() return of_text(chance.pick(odd)) end },
    { 4, function() return of_text(chance.pick(wide)) end },
    { 2, function() return { chance.pick(points) } end },
    -- a half never meets another one
    { 0.5, function() return { chance.pick { 0xD800, 0xDBFF, 0xDC00, 0xDFFF }, 0x2E } end },
    { 0.5, function()
      local point = chance.whole(0x20, 0x10FFFF)
      return { point >= 0xD800 and point <= 0xDFFF and 0x3042 or point }
    end },
    { 0.3, function() return of_text(("long "):rep(chance.whole(1, 400))) end },
    { 0.02, function() return of_text(("很长的"):rep(chance.whole(5000, 30000))) end },
  }()
end

-- Not empty.
function words.some()
  local list = {}
  for _ = 1, chance.weighed { { 8, 1 }, { 3, 2 }, { 1, 5 } } do
    local more = one()
    table.move(more, 1, #more, #list + 1, list)
  end
  return list
end

-- What a reader makes of it.
function words.text(list)
  local out = {}
  for i, point in ipairs(list) do
    out[i] = utf8.char(point >= 0xD800 and point <= 0xDFFF and 0xFFFD or point)
  end
  return table.concat(out)
end

function words.joined(lists)
  local out = {}
  for _, list in ipairs(lists) do table.move(list, 1, #list, #out + 1, out) end
  return out
end

return words
