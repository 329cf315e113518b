-- The header of a GGUF file, as far as its first bytes go: what the weights are.
local gguf = {}

gguf.enough = 1 << 20 -- bytes: what says what the weights are stands before the vocabulary, which may be longer

local names = { -- by general.file_type, as files are called
  [0] = "F32", [1] = "F16", [2] = "Q4_0", [3] = "Q4_1", [7] = "Q8_0", [8] = "Q5_0", [9] = "Q5_1", [10] = "Q2_K",
  [11] = "Q3_K_S", [12] = "Q3_K_M", [13] = "Q3_K_L", [14] = "Q4_K_S", [15] = "Q4_K_M", [16] = "Q5_K_S",
  [17] = "Q5_K_M", [18] = "Q6_K", [19] = "IQ2_XXS", [20] = "IQ2_XS", [21] = "Q2_K_S", [22] = "IQ3_XS",
  [23] = "IQ3_XXS", [24] = "IQ1_S", [25] = "IQ4_NL", [26] = "IQ3_S", [27] = "IQ3_M", [28] = "IQ2_S", [29] = "IQ2_M",
  [30] = "IQ4_XS", [31] = "IQ1_M", [32] = "BF16",
}

-- Of a value's type: how it is unpacked, and its bytes.
local plain = {
  [0] = { "<I1", 1 }, [1] = { "<i1", 1 }, [2] = { "<I2", 2 }, [3] = { "<i2", 2 }, [4] = { "<I4", 4 },
  [5] = { "<i4", 4 }, [6] = { "<f", 4 }, [7] = { "<I1", 1 }, [10] = { "<i8", 8 }, [11] = { "<i8", 8 },
  [12] = { "<d", 8 },
}
local STRING, ARRAY = 8, 9

-- The next number; nil where the bytes end before it does.
local function number(self, format, size)
  if self.at + size - 1 > #self.bytes then
    return nil
  end
  local value
  value, self.at = string.unpack(format, self.bytes, self.at)
  return value
end

-- Goes on by so many bytes; false where there are not so many. A size above 2^63 reads as a negative one.
local function skip(self, size)
  if not size or size < 0 or size > #self.bytes - self.at + 1 then
    return false
  end
  self.at = self.at + size
  return true
end

local function string_of(self)
  local size = number(self, "<i8", 8)
  local from = self.at
  return skip(self, size) and self.bytes:sub(from, self.at - 1) or nil
end

-- False where the bytes end in it, or it is a list of lists.
local function skip_array(self)
  local kind, count = number(self, "<I4", 4), number(self, "<i8", 8)
  local each = plain[kind]
  if not count or count < 0 or count > #self.bytes then
    return false
  elseif each then
    return skip(self, count * each[2])
  elseif kind ~= STRING then
    return false
  end
  for _ = 1, count do
    if not skip(self, number(self, "<i8", 8)) then
      return false
    end
  end
  return true
end

-- Key and value (true for a list); nil where the bytes end or make no sense.
local function entry(self)
  local key, kind = string_of(self), number(self, "<I4", 4)
  if not key or not kind then
    return nil
  elseif kind == STRING then
    return key, string_of(self)
  elseif kind == ARRAY then
    return key, skip_array(self) or nil
  elseif plain[kind] then
    return key, number(self, table.unpack(plain[kind]))
  end
end

local function whole(value)
  local found = type(value) == "number" and math.tointeger(value)
  return found and found > 0 and found or nil
end

-- The first bytes of a file -> { architecture, quantization, parameters, context_length (what the model was made for,
-- not what a server gives it) }, nil for what they do not say; or nil where this is no GGUF file (version 2 or later,
-- little-endian).
function gguf.read(bytes)
  local self = { bytes = bytes, at = 5 }
  local version = number(self, "<I4", 4)
  local tensors, count = number(self, "<i8", 8), number(self, "<i8", 8)
  if bytes:sub(1, 4) ~= "GGUF" or not (tensors and count) or version < 2 or version > 0xFFFF then
    return nil
  end
  local values = {}
  for _ = 1, count do
    local key, value = entry(self)
    if value == nil then
      break
    end
    values[key] = value
  end
  local architecture = values["general.architecture"]
  architecture = type(architecture) == "string" and architecture or nil
  return {
    architecture = architecture,
    quantization = names[values["general.file_type"]],
    parameters = whole(values["general.parameter_count"]),
    context_length = architecture and whole(values[architecture .. ".context_length"]),
  }
end

return gguf
