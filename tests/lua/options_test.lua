local fake = require "core_fake"
local options = require "bench.options"

local declared = options.declare({
  { "question", "why", "what to ask" },
  { "times", 5, "how often" },
  { "my_switch", false, "a switch" },
  { "rates", { 1, 2 }, "rates" },
  { "words", { "a" }, "words" },
  { "backends", { "ollama#m", "llamacpp" }, "whom to ask" },
}, { label = true, quiet = true, ["no-text"] = true })

local function read(...)
  return options.read(declared, { ... }, "mine")
end

describe("options of an earlier run", function()
  local like = { question = "else", times = 5, rates = { 1, 2 }, words = { "a", "b" },
    backends = { "ollama#m", "vllm" } }

  it("are the user's word where they are not the script's", function()
    local values, given = options.read(declared, {}, "mine", like)
    assert.same({ "a", "b" }, values.words)
    assert.same({ question = true, times = false, rates = false, words = true, backends = true }, given)
  end)

  it("are nobody's word where somebody else made the run", function()
    local values, given = options.read(declared, { "--words", "c" }, "mine", like, true)
    assert.equal("else", values.question)
    assert.same({ question = false, times = false, rates = false, words = true, backends = false }, given)
  end)
end)

describe("options of a script", function()
  it("have their defaults", function()
    local values, given = read()
    assert.equal(5, values.times)
    assert.same({ "ollama#m", "llamacpp" }, values.backends)
    assert.same({}, given)
  end)

  it("are read by the type of the default", function()
    local values, given = read("--question", "a,b", "--times=7", "--my-switch", "--rates", "1,2.5", "--rates=4",
      "--words", "x,y", "--words", "z", "--backends", "sim,vllm#n")
    assert.same({ "a,b", 7, true }, { values.question, values.times, values.my_switch })
    assert.equal("integer", math.type(values.times))
    assert.same({ 1, 2.5, 4 }, values.rates)
    assert.same({ "x,y", "z" }, values.words)
    assert.same({ "sim", "vllm#n" }, values.backends)
    assert.is_true(given.backends)
    assert.is_false(read("--no-my-switch").my_switch)
    assert.equal("integer", math.type(read("--times", "1e3").times))
  end)

  it("are true or false by any of these words", function()
    for _, word in ipairs { "true", "yes", "1" } do
      assert.is_true(read("--my-switch=" .. word).my_switch)
    end
    for _, word in ipairs { "false", "no", "0" } do
      assert.is_false(read("--my-switch=" .. word).my_switch)
    end
  end)

  it("are shown as they are typed", function()
    assert.equal("required", options.shown(options.required))
    assert.equal("5", options.shown(5))
    assert.equal("1, 2.5", options.shown { 1, 2.5 })
  end)

  it("take several words for a list, and one for all else", function()
    local values = read("--words", "x", "y z", "--rates", "1", "2,3", "--times", "7")
    assert.same({ "x", "y z" }, values.words)
    assert.same({ 1, 2, 3 }, values.rates)
    assert.equal(7, values.times)
  end)

  it("do not share their defaults between runs", function()
    read().words[1] = "changed"
    assert.same({ "a" }, read().words)
  end)

  it("are refused with a near miss and the list", function()
    local message = fake.message(read, "--time", "10")
    assert.truthy(message:find("mine has no option --time. Did you mean --times?", 1, true))
    assert.truthy(message:find("--question TEXT", 1, true))
    assert.truthy(message:find("(ollama#m, llamacpp)", 1, true))
  end)
end)

describe("wrong values", function()
  it("are named", function()
    for words, part in pairs {
      [{ "--times", "x" }] = "no number", [{ "--times" }] = "needs a value", [{ "--rates", "1,,2" }] = "no number",
      [{ "--my-switch=maybe" }] = "neither true nor false", [{ "--backends", "olama" }] = "Did you mean ollama",
      [{ "word" }] = "--name value", [{ "--times", "7", "8" }] = "--name value", [{ "--times", "nan" }] = "no number",
      [{ "--backends", "a=sim,a=vllm#m" }] = "\"a\"", [{ "--no-my-switch=1" }] = "--no-my-switch takes no value",
      [{ "--lable", "x" }] = "mine has no option --lable. Did you mean --label?",
    } do
      -- a refusal is remembered for the rest of a run: each is looked at in a module of its own
      package.loaded["bench.misuse"], package.loaded["bench.options"] = nil, nil
      local fresh = require "bench.options"
      local message = fake.message(fresh.read, declared, words, "mine")
      assert.truthy(message:find(part, 1, true), message)
    end
  end)

  it("of a declaration are refused", function()
    for list, part in pairs {
      [{ { "label", "x" } }] = "a flag of bench itself", [{ { "a", 1 }, { "a", 2 } }] = "twice",
      [{ { "a-b", 2 } }] = "letters, digits and _ (ASCII); --a-b is the flag of a_b",
      [{ { "text", true } }] = "--no-text", [{ { "a b", 1 } }] = "(ASCII)", [{ { "a", print } }] = "default",
      [{ { "a", { 1, "x" } } }] = "default", [{ "a" }] = "list",
    } do
      package.loaded["bench.misuse"], package.loaded["bench.options"] = nil, nil
      local fresh = require "bench.options"
      local message = fake.message(fresh.declare, list, { label = true, ["no-text"] = true })
      assert.truthy(message:find(part, 1, true), message)
      assert.truthy(message:find("mine.lua:7: ", 1, true), message)
    end
  end)

  it("include a required option that is missing", function()
    package.loaded["bench.misuse"], package.loaded["bench.options"] = nil, nil
    local fresh = require "bench.options"
    local needed = fresh.declare({ { "prompts", fresh.required, "a file" } }, {})
    assert.truthy(fake.message(fresh.read, needed, {}, "mine"):find("--prompts must be given", 1, true))
    assert.equal("f", fresh.read(needed, { "--prompts", "f" }, "mine").prompts)
  end)
end)

describe("a repeated run", function()
  it("has the values of the earlier one, and flags override", function()
    package.loaded["bench.misuse"], package.loaded["bench.options"] = nil, nil
    local fresh = require "bench.options"
    local values, given = fresh.read(declared, { "--times", "2" }, "mine", { times = 9, question = "x", gone = 1 })
    assert.same({ 2, "x" }, { values.times, values.question })
    assert.is_true(given.question)
  end)
end)
