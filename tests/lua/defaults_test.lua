require "core_fake"
local defaults = require "report.defaults"

local props = '{"default_generation_settings":{"params":{"temperature":%s,"top_k":%d,"n_predict":%d,"seed":4294967295,'
  .. '"stream":false,"chat_format":"Content-only"},"n_ctx":4096}}'

local function llama(temperature, top_k, n_predict, sampling)
  return { kind = "llamacpp", is_ollama = false, sampling = sampling,
    defaults = defaults.of_props(props:format(temperature, top_k, n_predict)) }
end

local function ollama(parameters, sampling)
  return { kind = "ollama", is_ollama = true, sampling = sampling, defaults = defaults.of_show(parameters) }
end

describe("what a server does unless told", function()
  it("is read from what it says", function()
    assert.same({ temperature = "0.8", top_k = "40", n_predict = "-1", seed = "4.29497e+09" },
      defaults.of_props(props:format("0.800000011920929", 40, -1)))
    assert.same({ stop = '"a b" "c"', temperature = "0.1" },
      defaults.of_show 'stop                           "a b"\ntemperature 0.1\nnum_ctx 1024\nstop  "c"')
    assert.same({}, defaults.of_show "")
    assert.is_nil(defaults.of_show(nil))
    for _, odd in ipairs { "no JSON", "[]", '{"default_generation_settings":[]}',
      '{"default_generation_settings":{"params":7}}' } do
      assert.is_nil(defaults.of_props(odd))
    end
    assert.is_nil(defaults.of_props(nil))
  end)

  it("differs where nothing was sent in its place", function()
    local plain, cool = llama("0.8", 40, -1), llama("0.1", 40, 20)
    assert.equal("differs", defaults.state(plain, cool))
    assert.equal("n_predict 20, temperature 0.1", defaults.words(cool, { plain, cool }))
    assert.equal("same", defaults.state(plain, llama("0.8", 40, -1)))
    local function sent(json)
      plain.sampling, cool.sampling = json, json
      return defaults.state(plain, cool)
    end
    assert.equal("same", sent '{"temperature":0.5,"max_tokens":9}')
    assert.equal("differs", sent '{"temperature":0.5}')
    assert.equal("differs", sent '[{"temperature":0.5,"max_tokens":9},{"max_tokens":9}]')
  end)

  it("is decided by what extra holds, and by no more", function()
    local plain, cool = llama("0.8", 40, -1), llama("0.1", 40, 20)
    local function sent(json)
      plain.sampling, cool.sampling = json, json
      return defaults.words(cool, { plain, cool })
    end
    assert.equal("temperature 0.1", sent '{"extra":{"n_predict":9}}')
    assert.equal("temperature 0.1", sent '{"max_tokens":9,"extra":{"chat_template_kwargs":{"enable_thinking":false}}}')
    assert.equal("temperature 0.1", sent '{"extra":{"max_completion_tokens":9}}')
    assert.is_nil(sent '{"max_tokens":9,"extra":{"temperature":0.5}}')
    local asked = '{"extra":{"options":{"temperature":0.5}}}'
    assert.equal("same", defaults.state(ollama("temperature 0.1", asked), ollama("", asked)))
    local greedy = '{"max_tokens":9,"extra":{"temperature":0}}'
    assert.equal("same", defaults.state(llama("0.8", 40, -1, greedy), llama("0.8", 5, -1, greedy)))
  end)

  it("is no choice at temperature 0", function()
    local greedy = '{"temperature":0,"max_tokens":9}'
    assert.equal("same", defaults.state(llama("0.8", 40, -1, greedy), llama("0.1", 5, -1, greedy)))
  end)

  it("is of Ollama what was set", function()
    assert.equal("differs", defaults.state(ollama "temperature 0.1", ollama ""))
    assert.equal("temperature none", defaults.words(ollama "", { ollama "", ollama "temperature 0.1" }))
    assert.equal("same", defaults.state(ollama "num_ctx 1024", ollama ""))
  end)

  it("is unknown of two kinds, and where one is silent; what only a newer version knows is no difference", function()
    assert.equal("unknown", defaults.state(ollama "temperature 0.1", llama("0.8", 40, -1)))
    assert.equal("unknown", defaults.state({ is_ollama = false }, llama("0.8", 40, -1)))
    local newer = llama("0.8", 40, -1)
    newer.defaults.min_p = "0.05"
    assert.equal("same", defaults.state(newer, llama("0.8", 40, -1)))
  end)
end)
