local fake = require "core_fake"
local session = require "bench.session"
local strict = require "bench.strict"

describe("names of backends", function()
  it("are numbered where nobody chose them", function()
    session.add_target { name = session.unique_name("ollama", false) }
    session.add_target { name = session.unique_name("ollama", false) }
    session.add_target { name = session.unique_name("old", true) }
    assert.equal("ollama3", session.unique_name("ollama", false))
    assert.truthy(fake.message(session.unique_name, "old", true):find("\"old\"", 1, true))
    assert.equal("ollama2", session.targets[2].name)
    assert.equal(2, session.targets[2].number)
  end)
end)

describe("strict tables", function()
  it("refuse unknown names with a near miss, and nothing else", function()
    local reply = strict.table("reply", { ok = true, text = "" }, { ttft = true })
    assert.is_nil(reply.ttft)
    assert.is_true(reply.ok)
    assert.truthy(fake.message(function() return reply.tfft end):find("reply has no tfft. Did you mean ttft?", 1, true))
  end)

  it("can be sealed, and still be walked through", function()
    local opt = strict.sealed("opt", { times = 5 })
    assert.equal(5, opt.times)
    assert.truthy(fake.message(function() opt.times = 6 end):find("cannot be set", 1, true))
    local seen = {}
    for name, value in pairs(opt) do
      seen[name] = value
    end
    assert.same({ times = 5 }, seen)
  end)
end)
