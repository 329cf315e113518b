require "core_fake"
local rounds = require "bench.rounds"

local function order(plan)
  local words = {}
  for index, turn in ipairs(plan) do
    words[index] = turn[1] .. "/" .. turn[2]
  end
  return table.concat(words, " ")
end

describe("rounds", function()
  it("warm up each backend, then go there and back", function()
    assert.equal("1/0 2/0 1/1 2/1 2/2 1/2 1/3 2/3", order(rounds.plan(2, 3, 1, "abba")))
    assert.equal("1/1 2/1 1/2 2/2", order(rounds.plan(2, 2, 0, "given")))
    assert.equal("1/0 1/0 1/1", order(rounds.plan(1, 1, 2, "abba")))
    assert.equal("", order(rounds.plan(0, 5, 1, "abba")))
  end)

  it("warm up at each change of the backend where each has the memory for itself", function()
    assert.equal("1/0 1/1 2/0 2/1 2/2 1/0 1/2", order(rounds.plan(2, 2, 1, "abba", nil, true)))
    assert.equal("1/1 2/1", order(rounds.plan(2, 1, 0, "abba", nil, true)))
    assert.equal("1/0 1/1 1/2", order(rounds.plan(1, 2, 1, "abba", nil, true)))
  end)

  it("visit each backend once a round in a random order", function()
    local zero = { below = function() return 0 end }
    for round, turns in ipairs { rounds.plan(3, 1, 0, "random", zero) } do
      local seen = {}
      for _, turn in ipairs(turns) do
        assert.equal(round, turn[2])
        seen[turn[1]] = true
      end
      assert.same({ true, true, true }, seen)
    end
    assert.equal("2/1 3/1 1/1", order(rounds.plan(3, 1, 0, "random", zero)))
  end)
end)
