local fake = require "core_fake"
local fingerprint = require "bench.fingerprint"
local gguf = require "bench.gguf"
local json = require "bench.json"

local function text(value)
  return string.pack("<s8", value)
end

local function entry(key, kind, packed)
  return text(key) .. string.pack("<I4", kind) .. packed
end

local function header(...)
  local entries = { ... }
  return "GGUF" .. string.pack("<I4i8i8", 3, 290, #entries) .. table.concat(entries)
end

local architecture = entry("general.architecture", 8, text "qwen2")
local file_type = entry("general.file_type", 4, string.pack("<I4", 15))
local count = entry("general.parameter_count", 10, string.pack("<i8", 494032768))
local context = entry("qwen2.context_length", 4, string.pack("<I4", 32768))
local numbers = entry("tokenizer.ggml.token_type", 9, string.pack("<I4i8i4i4", 5, 2, 1, -3))
local words = entry("tokenizer.ggml.tokens", 9, string.pack("<I4i8", 8, 2) .. text "a" .. text "")
local lists = entry("odd", 9, string.pack("<I4i8", 9, 1))
local flag = entry("tokenizer.ggml.add_bos_token", 7, "\1")
local share = entry("qwen2.rope.freq_base", 6, string.pack("<f", 1e6))

local whole = { architecture = "qwen2", quantization = "Q4_K_M", parameters = 494032768, context_length = 32768 }

describe("the header of a GGUF file", function()
  it("says what the weights are, whatever stands between", function()
    assert.same(whole, gguf.read(header(architecture, flag, words, share, file_type, numbers, count, context)))
  end)

  it("is read as far as the bytes go", function()
    assert.same({ architecture = "qwen2", quantization = "Q4_K_M" },
      gguf.read(header(architecture, file_type, words, count):sub(1, -40)))
    assert.same({ architecture = "qwen2" }, gguf.read(header(architecture, lists, file_type)))
    local bytes = header(architecture, words, numbers, file_type, count, context)
    for size = 24, #bytes do
      local found = gguf.read(bytes:sub(1, size))
      for name, value in pairs(found) do
        assert.equal(whole[name], value)
      end
    end
    assert.same({}, gguf.read(header()))
  end)

  it("believes no size that cannot be", function()
    for _, size in ipairs { -1, math.mininteger, math.maxinteger, 1 << 40 } do
      local huge = string.pack("<i8", size)
      assert.same({}, gguf.read(header(huge .. "general")))
      assert.same({}, gguf.read(header(entry("a", 8, huge), architecture)))
      assert.same({}, gguf.read(header(entry("a", 9, string.pack("<I4", 10) .. huge), architecture)))
      assert.same({}, gguf.read(header(entry("a", 9, string.pack("<I4", 8) .. huge), architecture)))
    end
    assert.same({}, gguf.read(header(entry("general.file_type", 4, string.pack("<I4", 999)))))
    assert.same({}, gguf.read(header(entry("general.architecture", 4, string.pack("<I4", 7)))))
  end)

  it("is no other file's", function()
    for _, other in ipairs { "", "GGUF", "PK\3\4" .. ("x"):rep(40), "GGUF" .. string.pack(">I4i8i8", 3, 1, 1),
      "GGUF" .. string.pack("<I4i8i8", 1, 1, 1) } do
      assert.is_nil(gguf.read(other))
    end
  end)
end)

describe("a fingerprint", function()
  local function described(host, path, props)
    local target = { kind = "llamacpp", parts = { host = host }, raw = {} }
    props.model_path = path
    return fingerprint.describe(target, function(_, asked)
      return { status = 200, text = "", value = asked == "/props" and props or {} }
    end, "m"), target.raw
  end

  fake.files = { ["/models/q.gguf"] = header(architecture, file_type, count, context), ["/models/no"] = "not one" }

  it("is completed by the file that a server here names, and says so", function()
    local facts, raw = described("127.0.0.1", "/models/q.gguf", { model_ftype = "F16" })
    assert.same({ "qwen2", "F16", 494032768 }, { facts.architecture, facts.quantization, facts.parameters })
    assert.is_nil(facts.context) -- what a model can is not what its server gives it
    assert.equal('{"architecture":"qwen2","context_length":32768,"file":"/models/q.gguf","parameters":494032768,'
      .. '"quantization":"Q4_K_M","taken":["architecture","parameters"]}', (raw.gguf:gsub("\\/", "/")))
    assert.equal("Q4_K_M", described("::1", "/models/q.gguf", {}).quantization)
  end)

  it("is the server's word alone where the file is another machine's, not there or no GGUF file", function()
    for _, case in ipairs { { "10.0.0.7", "/models/q.gguf" }, { "127.0.0.1", "/models/other.gguf" },
      { "127.0.0.1", "/models/no" }, { "127.0.0.1", "models/q.gguf" }, { "127.0.0.1", nil }, { "127.0.0.1", 7 } } do
      local facts, raw = described(case[1], case[2], { model_ftype = "F16", model_alias = "m" })
      assert.same({ model = "m", quantization = "F16" }, facts)
      assert.is_nil(raw.gguf)
      assert.truthy(json.encode(facts))
    end
  end)
end)
