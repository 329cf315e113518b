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

  it("can share one metatable, and be sealed all the same", function()
    local behind = {}
    local meta = strict.sealed_over("user", behind, { number = true, row = true }, {
      next = function(self)
        return self.number + 1
      end,
    })
    local one = setmetatable({ [behind] = { number = 3, load = 1 } }, meta)
    local seen = {}
    for name in pairs(one) do
      seen[#seen + 1] = name
    end
    table.sort(seen)
    assert.same({ "next", "number" }, seen)
    assert.same({ 3, 4 }, { one.number, one:next() })
    assert.is_nil(one.row)
    assert.truthy(fake.message(function() return one.load end):find("user has no load", 1, true))
    assert.truthy(fake.message(function() one.number = 4 end):find("user.number cannot be set", 1, true))
  end)
end)
