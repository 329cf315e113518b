require "core_fake"
local nonce = require "bench.nonce"

describe("the nonce", function()
  it("always has the same size, another first word and never one twice", function()
    local seen, last, size = {}, nil, #nonce.text()
    for _ = 1, 200 do
      local text = nonce.text()
      assert.equal(size, #text)
      local first = text:match("%a+")
      assert.not_equal(last, first)
      last, seen[text] = first, true
    end
    local count = 0
    for _ in pairs(seen) do
      count = count + 1
    end
    assert.is_true(count > 190)
  end)
end)
