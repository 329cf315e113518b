local changed = require "bench.changed"

describe("a server that was started again", function()
  local before = { model = "slow", quantization = "F16", context = 1024, template_hash = "t", server_version = "b1" }

  it("is told by what it says of itself now", function()
    assert.equal("quantisation F16, then Q4_0; context 1024, then 2048; another chat template", changed.words(before,
      { model = "slow", quantization = "Q4_0", context = 2048, template_hash = "u", server_version = "b1" }))
  end)

  it("is the same where it says no more, or less", function()
    assert.is_nil(changed.words(before, before))
    assert.is_nil(changed.words(before, { slots = 4 }))
    assert.is_nil(changed.words({}, before))
  end)
end)
