require "core_fake"
local address = require "bench.address"
local base64 = require "bench.base64"
local keys = require "bench.keys"

describe("base64", function()
  it("pads as it must, and comes back", function()
    for plain, coded in pairs { [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v", foobar = "Zm9vYmFy",
      ["user:p\255"] = "dXNlcjpw/w==" } do
      assert.equal(coded, base64.encoded(plain))
      assert.equal(plain, base64.decoded(coded))
    end
  end)
end)

describe("a key", function()
  local function parsed(text)
    return assert(address.parse(text, {}))
  end

  it("is said out loud when it would go to another machine in clear text", function()
    local key = { { "Authorization: Bearer ", { secret = "sk" } } }
    assert.is_true(keys.is_exposed(parsed "openai://gpu:1#m", key))
    assert.is_true(keys.is_exposed(parsed "openai://gpu:1?key=sk-x#m", {}))
    assert.is_true(keys.is_exposed(parsed "openai://gpu:1#m", { "X-Api-Key: sk" }))
    assert.is_false(keys.is_exposed(parsed "openai+https://gpu:1#m", key))
    assert.is_false(keys.is_exposed(parsed "openai://127.0.0.1:1#m", key))
    assert.is_false(keys.is_exposed(parsed "openai://gpu:1#m", { "X-Title: bench" }))
  end)

  it("is the script's, else what stands in the address", function()
    assert.same({ "Authorization: Bearer ", { secret = "sk-1" } }, keys.authorization(parsed "openai://h:1", "sk-1"))
    assert.same({ "Authorization: Basic ", { secret = "dXNlcjpwYXNz" } },
      keys.authorization(parsed "openai://user:pass@h:1"))
    assert.is_nil(keys.authorization(parsed "ollama"))
  end)
end)

describe("headers of the environment", function()
  local real, set = os.getenv, {}

  setup(function()
    os.getenv = function(name) -- luacheck: ignore
      return set[name]
    end
  end)

  teardown(function()
    os.getenv = real -- luacheck: ignore
  end)

  it("are hidden, and go to the host of OPENAI_BASE_URL alone", function()
    set = { OPENAI_BASE_URL = "https://gate.example.com/llm/v1",
      BENCH_HEADERS = "X-Corp-Token: abc=:d\n X-Team:  7 \n" }
    local gate = assert(address.parse("openai#m", set))
    assert.same({ { "X-Corp-Token: ", { secret = "abc=:d" } }, { "X-Team: ", { secret = "7" } } },
      keys.headers_of_environment(gate))
    for _, other in ipairs { "openai://gate.example.com:443#m", "openai+https://other.example.com#m", "vllm" } do
      assert.same({}, keys.headers_of_environment(assert(address.parse(other, set))))
    end
  end)

  it("are lines of a file, of which blanks, a CR and quotes are no part", function()
    set = { OPENAI_BASE_URL = " 'https://gate.example.com/v1'\r", OPENAI_API_KEY = '"sk-1"\r',
      BENCH_HEADERS = "  \r\n " }
    local gate = assert(address.parse("openai#m", keys.environment()))
    assert.same({ "Authorization: Bearer ", { secret = "sk-1" } }, keys.authorization(gate))
    assert.same({}, keys.headers_of_environment(gate))
  end)

  it("lie over a key that is there for every program, and below a script's", function()
    set = { OPENAI_BASE_URL = "https://gate.example.com/v1", OPENAI_API_KEY = "sk-1",
      BENCH_HEADERS = "authorization: Token 7\nX-Team: 7" }
    local gate = assert(address.parse("openai#m", keys.environment()))
    assert.same({ { "authorization: ", { secret = "Token 7" } }, { "X-Team: ", { secret = "7" } } },
      keys.of_backend(gate))
    assert.same({ { "X-Team: ", { secret = "7" } }, { "Authorization: Bearer ", { secret = "sk-2" } } },
      keys.of_backend(gate, "sk-2"))
  end)

  it("are refused where a line is none", function()
    set = { OPENAI_BASE_URL = "https://gate.example.com/v1", BENCH_HEADERS = "X-Corp-Token abc" }
    local done, raised = pcall(keys.headers_of_environment, assert(address.parse("openai#m", set)))
    assert.is_false(done)
    assert.is_nil(tostring(type(raised) == "table" and raised.usage or raised):find("abc", 1, true))
  end)
end)

describe("headers", function()
  it("come in the order of their names, handles stay handles", function()
    assert.same({ "A: 1", { "B: ", { secret = "x" } }, "C: 2" },
      keys.headers { C = 2, A = "1", B = { secret = "x" } })
  end)

  it("of one name are those above", function()
    assert.same({ "B: 2", { "c: ", { secret = "x" } }, "A: 3" },
      keys.over({ "a: 1", "B: 2", "C: 4" }, { { "c: ", { secret = "x" } }, "A: 3" }))
  end)
end)
