-- Vectors as OpenAI's API writes them where base64 was asked for: 32-bit floats, little-endian.
local floats = {}

local values = { ["-"] = 62, ["_"] = 63 } -- the digits of URLs, which some libraries write
for value = 0, 63 do
  values[("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"):sub(value + 1, value + 1)] = value
end

local function bytes_of(text)
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

-- "AAAAPwAAgL8=" -> { 0.5, -1.0 }; nil where it is no whole number of floats.
function floats.of_base64(text)
  local bytes, vector = bytes_of(text), {}
  if #bytes % 4 > 0 then
    return nil
  end
  for at = 1, #bytes - 3, 4 do
    vector[#vector + 1] = string.unpack("<f", bytes, at)
  end
  return vector
end

return floats
