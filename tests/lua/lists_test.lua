require "core_fake"
local lists = require "bench.lists"

describe("lists", function()
  it("are filtered, and laid behind each other", function()
    local list = { 3, 8, 5, 0 }
    assert.same({ 8, 0 }, lists.filter(list, function(item) return item % 2 == 0 end))
    assert.same({}, lists.filter({}, error))
    assert.equal(list, lists.append(list, { 7 }))
    assert.same({ 3, 8, 5, 0, 7 }, list)
  end)

  it("are sorted, and what is equal keeps its order", function()
    local words = { "bb", "a", "cc", "d", "aa", "b" }
    assert.same({ "a", "d", "b", "bb", "cc", "aa" }, lists.sort(words, function(a, b) return #a < #b end))
    assert.same({ "a", "d", "b", "bb", "cc", "aa" }, lists.sort(words, function() return false end))
  end)

  it("are halved for the last of the first that something holds of", function()
    for last = 0, 5 do
      assert.equal(last, lists.bisect(5, function(number) return number <= last end))
    end
    assert.equal(0, lists.bisect(0, error))
  end)
end)

describe("texts", function()
  it("are joined as far as they are there", function()
    assert.equal("a, c", lists.joined(", ", "a", nil, false, "c", nil))
    assert.equal("", lists.joined(", ", ""))
    assert.is_nil(lists.joined(", ", nil, false))
    assert.is_nil(lists.joined(", "))
  end)
end)

describe("a table", function()
  it("takes the fields of another one, or of none", function()
    local into = { a = 1, b = 2 }
    assert.equal(into, lists.fill(into, { b = 3, c = false }))
    assert.same({ a = 1, b = 3, c = false }, lists.fill(into))
  end)
end)
