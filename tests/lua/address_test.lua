require "core_fake"
local address = require "bench.address"

local function url(text, path)
  return address.url(assert(address.parse(text, {})), path)
end

local function parsed(text, environment)
  return assert(address.parse(text, environment or {}))
end

describe("addresses", function()
  it("cut exactly one whole /v1 from an OpenAI base", function()
    local chat = "/v1/chat/completions"
    for base, path in pairs {
      ["http://h:1"] = "/v1/chat/completions", ["http://h:1/"] = "/v1/chat/completions",
      ["http://h:1/v1"] = "/v1/chat/completions", ["http://h:1/v1/"] = "/v1/chat/completions",
      ["http://h:1/api/v1"] = "/api/v1/chat/completions", ["http://h:1/av1"] = "/av1/v1/chat/completions",
      ["http://h:1/x/chat/completions"] = "/x/chat/completions", ["http://h:1//v1//"] = "/v1/chat/completions",
      ["http://h:1/v1/completions"] = "/v1/chat/completions", ["http://h:1/v1/models"] = "/v1/chat/completions",
      ["http://h:1/api/paas/v4/"] = "/api/paas/v4/chat/completions",
      ["http://h:1/v1beta/openai/"] = "/v1beta/openai/chat/completions",
      ["http://h:1/openai/deployments/v/?api-version=1"] = "/openai/deployments/v/chat/completions?api-version=1",
      ["http://h:1/openai/deployments"] = "/openai/deployments/v1/chat/completions",
      ["http://h:1/openai"] = "/openai/v1/chat/completions",
      ["HTTP://h:1/v1"] = "/v1/chat/completions", ["http://h:1/v1beta"] = "/v1beta/v1/chat/completions",
      ["http://h:1/v10"] = "/v10/chat/completions",
      ["http://h:1/v1/chat/completions"] = "/v1/chat/completions",
    } do
      assert.equal("http://h:1" .. path, url((base:gsub("^http", "openai"):gsub("^HTTP", "OpenAI")), chat))
    end
  end)

  it("of an IP or localhost with a port need no http://", function()
    for _, place in ipairs { "127.0.0.1:8080", "localhost:1", "[::1]:8080", "[fe80::1%25eth0]:8080" } do
      local parts = parsed(place .. "/v1#m")
      assert.same({ place, "m", false }, { address.place(parts), parts.model, parts.secure })
      assert.is_nil(parts.kind)
      assert.equal("a", parsed("a=" .. place).name)
    end
    for _, other in ipairs { "gpu:8000", "12:30", "localhost", "127.0.0.1" } do
      assert.is_nil((address.parse(other, {})))
    end
    for _, other in ipairs { "h:1/v1", "localhost", "127.0.0.1/v1?key=sk-x" } do
      local _, message = address.parse(other, {})
      assert.matches("write KIND://" .. other:match "^[^?]*", message, 1, true)
      assert.is_nil(message:find("sk-x", 1, true))
    end
  end)

  it("lead to this machine by localhost with the dot of a whole name, too", function()
    for given, host in pairs { ["localhost."] = "localhost", ["X.LocalHost."] = "x.localhost", ["gpu."] = "gpu.",
      ["mylocalhost."] = "mylocalhost." } do
      assert.equal(host, parsed("openai://" .. given .. ":1").host)
    end
  end)

  it("say what is wrong with a host", function()
    for given, words in pairs { ["::1:8000"] = "[::1]:8000", ["fe80::1%eth0"] = "[::1]:8000",
      ["[fe80::1%]"] = "no host", [""] = "there is no host", ["h:x"] = '"x" is no port',
      ["u:p/x@h"] = "%2F stands for a /", ["u:p#x@h"] = "%23 for a #" } do
      local parts, message = address.parse("openai://" .. given, {})
      assert.is_nil(parts)
      assert.matches(words, message, 1, true)
    end
  end)

  it("keep a query string, and never show a key in it", function()
    assert.equal("http://h:1/v1/models?a=1&key=sk", url("openai://h:1/v1?a=1&key=sk", "/v1/models"))
    local parts = parsed("openai://h:1/v1?a=1&key=sk-x#m")
    assert.equal("openai://h:1/v1?a=1#m", address.printable(parts))
    assert.same({ "sk-x" }, parts.secrets)
  end)

  it("lead Ollama to /api whatever base was written", function()
    for _, base in ipairs { "ollama://h:1", "ollama://h:1/", "ollama://h:1/api", "ollama://h:1/v1/",
      "ollama://h:1/api/chat", "ollama://h:1/api/embed/", "ollama://h:1/api/version",
      "ollama://h:1/v1/chat/completions", "ollama://h:1/v1/models" } do
      assert.equal("http://h:1/api/chat", url(base, "/api/chat"))
    end
    assert.equal("http://h:1/proxy/api/chat", url("ollama://h:1/proxy", "/api/chat"))
    assert.equal("http://h:1/api/proxy/api/chat", url("ollama://h:1/api/proxy", "/api/chat"))
  end)

  it("know the short forms and the default ports", function()
    assert.equal("http://127.0.0.1:11434", address.origin(parsed "ollama"))
    assert.equal("http://127.0.0.1:8080", address.origin(parsed "llamacpp"))
    assert.equal("http://127.0.0.1:8000", address.origin(parsed "vllm"))
    assert.equal("https://api.openai.com", address.origin(parsed "openai#gpt"))
    local parts = parsed "ollama#qwen2:0.5b"
    assert.equal("qwen2:0.5b", parts.model)
    assert.equal("Qwen/Qwen2-0.5B-Instruct", parsed("vllm://gpu:8000#Qwen/Qwen2-0.5B-Instruct").model)
    assert.equal(443, parsed("openai+https://api.example.com/v1#name").port)
    assert.equal(11434, parsed("ollama://box").port)
  end)

  it("take a name before, and IPv6 in brackets", function()
    local parts = parsed "old=llamacpp://[::1]:8081#m"
    assert.equal("old", parts.name)
    assert.equal("::1", parts.host)
    assert.equal("http://[::1]:8081/props", address.url(parts, "/props"))
    assert.is_true(address.is_loopback(parts.host))
    for _, host in ipairs { "10.0.0.1", "127.999.1.1", "127.0.0.1.example.com", "localhost.example.com", "127.1" } do
      assert.is_false(address.is_loopback(host), host)
    end
    assert.is_true(address.is_loopback("a.localhost"))
  end)

  it("take the interface of a link-local address as the system writes it, and as a URL does", function()
    for _, written in ipairs { "%Eth0", "%25Eth0" } do
      local parts = parsed("llamacpp://[FE80::1" .. written .. "]:8081#m")
      assert.equal("fe80::1%Eth0", parts.host)
      assert.equal("http://[fe80::1%25Eth0]:8081/props", address.url(parts, "/props"))
      assert.equal("llamacpp://[fe80::1%25Eth0]:8081#m", address.printable(parts))
    end
  end)

  it("hide what stands before the @", function()
    local parts = parsed "openai://user:pa%20ss@h:1"
    assert.equal("user:pa ss", parts.userinfo)
    assert.same({ "user:pa ss", "pa ss" }, parts.secrets)
    assert.equal("openai://h:1", address.printable(parts))
    assert.equal("http://h:1/v1/models", address.url(parts, "/v1/models"))
  end)

  it("read a simulated server and whom it plays", function()
    local parts = parsed "a=sim#tiny@ttft=200ms@kind=ollama@play=x/y.play"
    assert.same({ "sim", "ollama", "tiny", "name=tiny@ttft=200ms@kind=ollama@play=x/y.play", "a" },
      { parts.kind, parts.plays, parts.model, parts.assignments, parts.name })
    assert.equal("llamacpp", parsed("sim").plays)
    assert.equal("sim#tiny@ttft=200ms@kind=ollama@play=x/y.play", address.printable(parts))
  end)

  it("honour OLLAMA_HOST and OPENAI_BASE_URL as people write them", function()
    for value, origin in pairs {
      ["box"] = "http://box:11434", ["0.0.0.0"] = "http://127.0.0.1:11434", [":1234"] = "http://127.0.0.1:1234",
      ["http://box:99/"] = "http://box:99", ["https://box"] = "https://box", ["HTTP://box"] = "http://box",
      ["\"box:99\" "] = "http://box:99", ["https://box:99"] = "https://box:99", [" "] = "http://127.0.0.1:11434",
      ["::"] = "http://[::1]:11434", ["fd00::7"] = "http://[fd00::7]:11434", ["[::]:99"] = "http://[::1]:99",
    } do
      assert.equal(origin, address.origin(parsed("ollama", { OLLAMA_HOST = value })))
    end
    for _, value in ipairs { "http://gw:4000/v1", " HTTP://gw:4000/v1/\n", "'http://gw:4000'" } do
      local parts = parsed("openai#m", { OPENAI_BASE_URL = value })
      assert.equal("http://gw:4000/v1/chat/completions", address.url(parts, "/v1/chat/completions"))
    end
    for name, kind in pairs { OLLAMA_HOST = "ollama", OPENAI_BASE_URL = "openai" } do
      assert.same({ nil, name .. " is no http or https URL" },
        { address.parse(kind, { [name] = "tcp://box:99" }) })
    end
  end)

  it("leave the kind of http and https open", function()
    local parts = parsed "http://h:8080#m"
    assert.is_nil(parts.kind)
    assert.equal("m", parts.model)
  end)

  it("refuse what they cannot read, in words", function()
    for text, word in pairs {
      ["olama#x"] = "Did you mean ollama", ["ollama://h:0"] = "no port", ["ollama://h:99999"] = "no port",
      ["ollama://h:x"] = "no port", ["vllm+tls://h"] = "vllm+https://", ["openai://"] = "no host",
      ["ollama://:80"] = "no host", ["sim@ttft"] = "KEY=VALUE", ["sim@kind=x"] = "no kind", ["a b"] = "blank",
      [""] = "no kind", ["ollama/a:b"] = "Did you mean ollama#a:b?", ["a:b"] = "Did you mean ollama#a:b?",
      ["vllm:81/v1"] = "Did you mean vllm://127.0.0.1:81/v1?", ["ollama:h:81"] = "Did you mean ollama#h:81?",
      ["ollama:/h"] = "Did you mean ollama://h?", ["h:81"] = "write KIND://h:81",
      ["甲=sim"] = "\"甲\" is no name", ["sim，ollama"] = "Did you mean sim,ollama?",
      ["ollama＃a"] = "Did you mean ollama#a?", [":81"] = "Did you mean 127.0.0.1:81?",
      ["LMStudio#m"] = "Did you mean openai://127.0.0.1:1234?", ["sglang://gpu:30000"] = "Did you mean openai?",
      ["llama-server"] = "Did you mean llamacpp?", ["llama.cpp"] = "Did you mean llamacpp?",
    } do
      local parts, message = address.parse(text, {})
      assert.is_nil(parts)
      assert.truthy(message:find(word, 1, true), message)
    end
  end)

  it("takes no longer than a text is long, and shows nobody's name", function()
    local started = os.clock()
    assert.is_nil((address.parse(("a"):rep(100000), {})))
    assert.is_true(os.clock() - started < 5)
    local _, message = address.parse("http://u@v@h/w@x y?z", {})
    assert.truthy(message:find("http://...@h/...@x y?...", 1, true), message)
  end)
end)

describe("the address to write", function()
  it("is as short as it can be", function()
    for given, shown in pairs {
      ["ollama://127.0.0.1:11434#a"] = "ollama#m", ["llamacpp://127.0.0.1:8080"] = "llamacpp",
      ["llamacpp://127.0.0.1:81"] = "llamacpp://127.0.0.1:81",
      ["llamacpp://127.0.0.1:8080/v1/chat/completions"] = "llamacpp",
      ["ollama://127.0.0.1:11434/api"] = "ollama#m",
      ["vllm://127.0.0.1:8000/proxy/v1"] = "vllm://127.0.0.1:8000/proxy/v1#m",
      ["vllm://gpu:8000/v1/"] = "vllm://gpu:8000/v1#m",
      ["vllm://[::1]:8000"] = "'vllm://[::1]:8000#m'",
      ["openai+https://h/v1?key=secret&a=b#x"] = "openai+https://h:443/v1?a=b#m",
      ["ollama://u:secret@127.0.0.1"] = "ollama://NAME:PASSWORD@127.0.0.1:11434#m",
    } do
      assert.equal(shown, address.to_write(parsed(given), "m"))
    end
  end)

  it("names one model of several, for a shell", function()
    assert.equal("llamacpp#a", address.with_model(parsed "llamacpp", "a"))
    assert.equal("'vllm://[::1]:8000#a b'", address.with_model(parsed "vllm://[::1]:8000", "a b"))
  end)
end)
