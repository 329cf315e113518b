-- Base64 (RFC 4648).
local base64 = {}

local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local values = { ["-"] = 62, ["_"] = 63 } -- the digits of URLs, which some libraries write
for value = 0, 63 do
  values[alphabet:sub(value + 1, value + 1)] = value
end

function base64.encoded(bytes)
  local out = {}
  for index = 1, #bytes, 3 do
    local a, b, c = bytes:byte(index, index + 2)
    local group = a << 16 | (b or 0) << 8 | (c or 0)
    for position = 0, 3 do
      local filled = position < 2 or (position == 2 and b) or (position == 3 and c)
      local digit = group >> (18 - 6 * position) & 63
      out[#out + 1] = filled and alphabet:sub(digit + 1, digit + 1) or "="
    end
  end
  return table.concat(out)
end

-- The bytes that a text stands for, whatever else than digits stands in it.
function base64.decoded(text)
  local bits, count, bytes = 0, 0, {}
  for digit in text:gmatch "[%w+/_-]" do
    bits, count = bits << 6 | values[digit], count + 6
    if count >= 8 then
      count = count - 8
      bytes[#bytes + 1] = string.char(bits >> count & 255)
    end
  end
  return table.concat(bytes)
end

return base64
