require "core_fake"
local needs = require "bench.needs"

describe("needs", function()
  it("compare versions part by part", function()
    assert.is_true(needs.at_least("1.2", "1.10.0"))
    assert.is_true(needs.at_least("1.0", "1"))
    assert.is_false(needs.at_least("1.2", "1.1.9"))
    assert.is_false(needs.at_least("2", "1.9"))
  end)

  it("are read in words", function()
    assert.same({ what = "net", value = "h:1" }, needs.read("net h:1"))
    assert.is_nil(needs.read("bench new"))
    assert.is_nil(needs.read("disk 5GB"))
    assert.is_nil(needs.read(5))
  end)
end)
