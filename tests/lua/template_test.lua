require "core_fake"
package.loaded["core.store"] = package.loaded["core.store"] or {}
local fields = require "compare.fields"
local template = require "report.template"

local unsaid = { state = "unknown", base = {}, new = {} }
local no_prompts = { base = 0, new = 0, both = 0 }

-- The line of the comparison about the template, or another one.
local function compared(base, new, name)
  local pair = { base = { run = 1, row = base }, new = { run = 1, row = new } }
  for _, one in ipairs(fields.of(pair, unsaid, no_prompts)) do
    if one.name == (name or "chat template") then
      return one
    end
  end
end

describe("a field", function()
  local likeness = require "report.likeness"

  it("differs where two that say it do", function()
    local field = { key = function(backend) return backend.value end }
    local function differs(...)
      return likeness.differs(field, { ... })
    end
    assert.is_true(differs({ value = 1 }, {}, { value = 2 }))
    assert.is_false(differs({ value = 1 }, {}, { value = 1 }))
    assert.is_false(differs({}, { value = 1 }))
  end)

  it("is asked of each of many once", function()
    local backends, asked = {}, 0
    for number = 1, 100 do
      backends[number] = {}
    end
    assert.is_false(likeness.differs({ key = function() asked = asked + 1 return "k" end }, backends))
    assert.equal(100, asked)
  end)
end)

describe("the quantisation", function()
  it("has one name in two ways of writing it", function()
    local key = require("report.weights").quantization_key
    for long, short in pairs { ["Q4_K - Medium"] = "Q4_K_M", ["Q5_K - Small"] = "q5_k_s", ["Q2_K - Medium"] = "Q2_K",
      ["F16"] = "f16" } do
      assert.equal(key(short), key(long))
    end
    assert.not_equal(key "Q4_K_S", key "Q4_K - Medium")
    assert.is_nil(key(nil))
  end)

  it("is told by the size of a weight where a server does not name it", function()
    local named = { kind = "ollama", quantization = "Q4_0", bits_per_weight = 4.5 }
    local function state(bits, kind)
      return compared(named, { kind = kind or "llamacpp", bits_per_weight = bits }, "quantisation").state
    end
    assert.same({ "differs", "differs", "unknown", "unknown" }, { state(16.0), state(3.4), state(4.6), state(nil) })
    assert.same({ "same", "unknown" }, { state(4.5, "ollama"), state(4.5) })
    named.quantization = nil
    assert.equal("about as many bits per weight", compared(named, { bits_per_weight = 4.8 }, "quantisation").silent)
  end)
end)

describe("the model", function()
  local function row(kind, model, parameters, quantization)
    return { kind = kind, model = model, parameters = parameters, quantization = quantization }
  end

  it("may have two names in two kinds of servers, where it is as large to the last parameter", function()
    local ours = row("ollama", "mine:latest", 494032768, "Q4_K_M")
    local same_size = compared(ours, row("llamacpp", "model.gguf", 494032768, "Q4_K - Medium"), "model")
    assert.same({ "unknown", "mine:latest and model.gguf: one size and quantisation" },
      { same_size.state, same_size.silent })
    for _, other in ipairs { row("llamacpp", "model.gguf", 494032769, "Q4_K_M"),
      row("llamacpp", "model.gguf", nil, "Q4_K_M"), row("llamacpp", "model.gguf", 494032768, "Q8_0"),
      row("ollama", "other", 494032768, "Q4_K_M") } do
      assert.equal("differs", compared(ours, other, "model").state)
    end
    assert.equal("same", compared(ours, row("llamacpp", "mine.gguf", 1, "F16"), "model").state)
    assert.equal("unknown", compared(ours, row("llamacpp"), "model").state)
  end)

  it("may be another one where its name goes on, and has a name in any script", function()
    assert.equal("unknown", compared(row("openai", "gpt-4o"), row("openai", "gpt-4o-mini"), "model").state)
    assert.equal("unknown", compared(row("vllm", "qwen2"), row("ollama", "qwen2.5", 1), "model").state)
    assert.equal("same", compared(row("ollama", "qwen2:0.5b", 5), row("llamacpp", "Qwen2-0.5B-Instruct.gguf", 5),
      "model").state)
    assert.equal("same", compared(row("openai", "openai/gpt-4o"), row("openai", "GPT 4o"), "model").state)
    assert.equal("differs", compared(row("openai", "模型甲"), row("openai", "模型乙"), "model").state)
    local ours, its = row("ollama", "mine"), row("ollama", "mine:v2")
    ours.digest, its.digest = "1", "1"
    assert.equal("same", compared(ours, its, "model").state)
  end)

  it("is known where another server was given the file by the name that Ollama has for it", function()
    local ours = row("ollama", "mine:latest", 494032768, "Q4_K_M")
    local its = row("llamacpp", "sha256-1", 494032768, "Q4_K_M")
    ours.blob, its.blob = "sha256-1", "sha256-1"
    assert.equal("same", compared(ours, its, "model").state)
    its.blob = "sha256-2"
    assert.equal("differs", compared(ours, its, "model").state)
    assert.equal("mine:latest", compared(ours, its, "model").base)
  end)

  it("is known by the place of its file, whatever a server calls it", function()
    local function at(path, model, machine, address)
      return { kind = "llamacpp", model = model, path = path, here = machine and 1 or 0, machine = machine or "m",
        address = address }
    end
    assert.equal("same", compared(at("/m/a.gguf", "a", "m"), at("/m/a.gguf", "mine", "m"), "model").state)
    assert.equal("same", compared(at("/m/a.gguf", "a", nil, "llamacpp://gpu:1"),
      at("/m/a.gguf", "mine", nil, "llamacpp://gpu:2"), "model").state)
    local other = compared(at("/m/a.gguf", "a", "m"), at("/n/a.gguf", "a", "m"), "model")
    assert.same({ "unknown", "a and a: two files of one name" }, { other.state, other.silent })
    assert.equal("differs", compared(at("/m/a.gguf", "a", "m"), at("/n/b.gguf", "b", "m"), "model").state)
    -- of two machines a path says nothing, nor does one from a server's own folder
    assert.equal("same", compared(at("/m/a.gguf", "a", "m"), at("/n/a.gguf", "a", "n"), "model").state)
    assert.equal("differs", compared(at("/m/a.gguf", "a", "m"), at("/m/a.gguf", "mine", "n"), "model").state)
    assert.equal("differs", compared(at("/m/a.gguf", "a", nil, "llamacpp://gpu:1"),
      at("/m/a.gguf", "mine", nil, "llamacpp://cpu:1"), "model").state)
    assert.equal("differs", compared(at("a.gguf", "a", "m"), at("a.gguf", "mine", "m"), "model").state)
    assert.equal("same", compared(at("m/a.gguf", "a", "m"), at("n/a.gguf", "a", "m"), "model").state)
  end)

  it("is told by its file where two of one name are not the same", function()
    local ours, its = row("ollama", "mine"), row("ollama", "mine")
    ours.blob, its.blob = "sha256-0123456789", "sha256-9876543210"
    local field = compared(ours, its, "model")
    assert.same({ "differs", "mine (file 01234567)", "mine (file 98765432)" }, { field.state, field.base, field.new })
  end)
end)

describe("the chat template", function()
  it("is what each server made of one chat", function()
    assert.equal("<|user|>hi", template.prompt_of('{"prompt":"<|user|>hi"}'))
    assert.is_nil(template.prompt_of('{"error":{"code":404}}'))
    assert.is_nil(template.prompt_of('{"prompt":null}'))
    assert.is_nil(template.prompt_of('"prompt"'))
    assert.is_nil(template.prompt_of(nil))
  end)

  it("is the same where another text of it makes the same prompt, and differs where it does not", function()
    assert.equal("same", compared({ rendered = "p", template_hash = "11111111" },
      { rendered = "p", template_hash = "22222222" }).state)
    local other = compared({ rendered = "p", template_hash = "1" }, { rendered = "q", template_hash = "1" })
    assert.equal("differs", other.state)
    assert.is_true(other.experiment)
  end)

  it("is told by its hash where one of them makes no prompt of a chat", function()
    local other = compared({ rendered = "p", template_hash = "1111111122" }, { template_hash = "2222222233" })
    assert.same({ "differs", "11111111", "22222222" }, { other.state, other.base, other.new })
    assert.equal("same", compared({ rendered = "p", template_hash = "1" }, { template_hash = "1" }).state)
    assert.equal("unknown", compared({ rendered = "p", template_hash = "1" }, {}).state)
    assert.equal("unknown", compared({ rendered = "p" }, { template_hash = "1" }).state)
  end)

  it("cannot be compared with one in another language", function()
    local other = compared({ kind = "ollama", template_hash = "1" }, { kind = "llamacpp", template_hash = "2" })
    assert.same({ "unknown", "in two languages" }, { other.state, other.silent })
    local same = { kind = "openai", server_version = "llama-server b1", rendered = "p", template_hash = "1" }
    assert.is_nil(template.obstacle { same, { kind = "llamacpp", rendered = "p", template_hash = "1" } })
    assert.is_nil(template.obstacle { same, { kind = "llamacpp", template_hash = "1" } })
    local go = { kind = "openai", server_version = "Ollama 0.30.0", template_hash = "1" }
    assert.equal("same", compared(go, { kind = "ollama", template_hash = "1" }).state)
    assert.equal("in two languages", template.obstacle { go, same })
    local unsaid_there = compared({ kind = "ollama", template_hash = "1111111122" }, { kind = "vllm" })
    assert.same({ "unknown", nil, "11111111", nil },
      { unsaid_there.state, unsaid_there.silent, unsaid_there.base, unsaid_there.new })
  end)

  it("does not change with the day that it writes into the prompt", function()
    for _, days in ipairs { { "Today: 26 Jul 2024.", "Today: 9 November 2026." }, { "2024-07-26", "2026-11-09" },
      { "It is July 26, 2024", "It is November 9, 2026" } } do
      assert.equal("same", compared({ rendered = days[1] }, { rendered = days[2] }).state)
    end
    assert.equal("differs", compared({ rendered = "Cut-off 2023" }, { rendered = "Cut-off 2024" }).state)
  end)
end)
