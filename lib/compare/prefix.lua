-- How far the answers to one prompt are the same.
local core_text = require "core.text"

local prefix = {}

local function common_bytes(a, b)
  local most = math.min(#a, #b)
  for i = 1, most do
    if a:byte(i) ~= b:byte(i) then
      return i - 1
    end
  end
  return most
end

-- Characters that two texts have in common from their start.
function prefix.common(a, b)
  local bytes = common_bytes(a, b)
  while bytes > 0 and (a:byte(bytes + 1) or 0) & 0xC0 == 0x80 do
    bytes = bytes - 1
  end
  return core_text.characters(a:sub(1, bytes))
end

-- answers: list of { base, new }, one a prompt. -> { prompts, identical, least (characters in common) }, or nil for
-- none.
function prefix.of(answers)
  local found = { prompts = #answers, identical = 0, least = math.huge }
  for _, pair in ipairs(answers) do
    found.identical = found.identical + (pair[1] == pair[2] and 1 or 0)
    found.least = math.min(found.least, prefix.common(pair[1], pair[2]))
  end
  return #answers > 0 and found or nil
end

return prefix
