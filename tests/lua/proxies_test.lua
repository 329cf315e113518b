require "core_fake"
local address = require "bench.address"
local proxies = require "bench.proxies"

describe("a proxy of the environment", function()
  local function advice(text, kind, environment, given)
    local parts = assert(address.parse(text, {}))
    return proxies.advice({ parts = parts, proxy = given }, kind, function(name) return environment[name] end)
  end

  it("is named where it might have been the way", function()
    for _, kind in ipairs { "dns", "connect", "connect_timeout" } do
      assert.matches("^; HTTPS_PROXY is set and not used", advice("openai+https://api.example.com#m", kind,
        { HTTPS_PROXY = "http://proxy:3128", http_proxy = "http://proxy:3128" }))
    end
    assert.matches("^; http_proxy is set", advice("vllm://gpu:8000#m", "connect", { http_proxy = "http://proxy" }))
    assert.matches("^; all_proxy is set", advice("vllm://gpu:8000#m", "connect", { all_proxy = "socks5://proxy" }))
  end)

  it("is not where it could have changed nothing", function()
    local there = { http_proxy = "http://proxy", HTTPS_PROXY = "http://proxy" }
    assert.equal("", advice("vllm://127.0.0.1:8000#m", "connect", there))
    assert.equal("", advice("vllm://localhost:8000#m", "connect", there))
    assert.equal("", advice("vllm://gpu:8000#m", "http_502", there))
    assert.equal("", advice("vllm://gpu:8000#m", "connect", there, "http://proxy"))
    assert.equal("", advice("vllm://gpu:8000#m", "connect", { http_proxy = "", HTTPS_PROXY = "http://proxy" }))
    assert.equal("", advice("vllm://gpu:8000#m", "dns", {}))
  end)
end)
