require "core_fake"
local needs = require "bench.needs"
local nonce = require "bench.nonce"
local keys = require "bench.keys"

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

describe("base64", function()
  it("pads as it must", function()
    for plain, coded in pairs { [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v", foobar = "Zm9vYmFy",
      ["user:p\255"] = "dXNlcjpw/w==" } do
      assert.equal(coded, keys.base64(plain))
    end
  end)
end)
