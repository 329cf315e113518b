-- Vectors as OpenAI's API writes them where base64 was asked for: 32-bit floats, little-endian.
local base64 = require "bench.base64"

local floats = {}

-- "AAAAPwAAgL8=" -> { 0.5, -1.0 }; nil where it is no whole number of floats.
function floats.of_base64(text)
  local bytes, vector = base64.decoded(text), {}
  if #bytes % 4 > 0 then
    return nil
  end
  for at = 1, #bytes - 3, 4 do
    vector[#vector + 1] = string.unpack("<f", bytes, at)
  end
  return vector
end

return floats
