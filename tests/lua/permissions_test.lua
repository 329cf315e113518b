local fake = require "core_fake"
local address = require "bench.address"
local dialect = require "bench.dialect"
local permissions = require "bench.permissions"

local function parsed(text)
  return assert(address.parse(text, {}))
end

local function may_ask(text)
  return (permissions.backend(parsed(text))) == true
end

local function may_send(method, url)
  return (permissions.request(method, parsed(url), dialect.paths)) == true
end

describe("a scenario of a stranger", function()
  before_each(function()
    permissions.begin()
  end)

  it("reaches the usual ports of this machine and nothing else", function()
    assert.is_true(may_ask "ollama")
    assert.is_true(may_ask "llamacpp://localhost:8080")
    assert.is_true(may_ask "http://[::1]:8000")
    assert.is_false(may_ask "ollama://127.0.0.1:22")
    assert.is_false(may_ask "ollama://10.0.0.1:11434")
    assert.is_false(may_ask "openai#gpt")
    local _, words = permissions.backend(parsed "vllm://gpu:8000")
    assert.truthy(words:find("--allow-net gpu:8000", 1, true))
  end)

  it("asks a server only what one asks a model's server", function()
    assert.is_true(may_send("POST", "http://127.0.0.1:11434/api/generate"))
    assert.is_true(may_send("GET", "http://127.0.0.1:11434/api/tags?x=1"))
    assert.is_false(may_send("DELETE", "http://127.0.0.1:11434/api/delete"))
    assert.is_false(may_send("POST", "http://127.0.0.1:11434/api/pull"))
    assert.is_false(may_send("POST", "http://127.0.0.1:11434/completion"))
    assert.is_false(may_send("GET", "http://127.0.0.1:11434/x?/api/tags"))
    assert.is_false(may_send("GET", "http://127.0.0.1:9/api/tags"))
    assert.is_false(may_send("GET", "http://example.com/v1/models"))
  end)

  it("goes where the user said", function()
    permissions.name("old=vllm://gpu:8000#m", {})
    assert.is_true(permissions.is_named "old=vllm://gpu:8000#m")
    assert.is_true(may_ask "openai://gpu:8000#other")
    assert.is_false(may_ask "openai://gpu:8001#other")
    assert.is_true(may_send("POST", "http://gpu:8000/v1/chat/completions"))
    assert.is_false(may_send("GET", "http://gpu:8000/admin"))
    permissions.learn(parsed "vllm://gpu:8000", "vllm")
    assert.is_false(may_send("POST", "http://gpu:8000/api/chat"))
    permissions.name("no address at all", {})
    assert.is_false(permissions.is_named "no address at all")
  end)

  it("goes anywhere on a host that a flag opens", function()
    permissions.begin({ "example.com", "gpu:99", "[::1]:5" }, { "KEY" })
    assert.is_true(may_send("DELETE", "https://example.com/anything"))
    assert.is_true(may_ask "openai://gpu:99#m")
    assert.is_false(may_ask "openai://gpu:98#m")
    assert.is_true(may_ask "openai://[::1]:5#m")
    assert.is_true(permissions.has_net "example.com")
    assert.is_true(permissions.has_net "gpu:99")
    assert.is_false(permissions.has_net "gpu")
    assert.is_true(permissions.has_env "KEY")
    assert.is_false(permissions.has_env "HOME")
  end)

  it("uses a secret only when a flag names it", function()
    permissions.begin(nil, { "KEY" })
    assert.same({ secret = "KEY" }, permissions.secret "KEY")
    assert.equal("mine.lua:7: bench.secret: HOME is not open to this script; add --allow-env HOME",
      fake.message(permissions.secret, "HOME"))
  end)
end)
