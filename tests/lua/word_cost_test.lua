local fake = require "core_fake"

-- A server: count(text) by its usage; nil where it says nothing.
local server = {}
package.preload["bench.token_length"] = function()
  return {
    by_usage = function(_, _, text)
      server.asked = server.asked + 1
      return server.count(text), "no usage"
    end,
    by_tokenizer = function() end,
  }
end

local word_cost = require "bench.word_cost"
local words = require "bench.words"
package.loaded["bench.token_length"], package.preload["bench.token_length"] = nil, nil

describe("the words of synthetic prompts", function()
  it("are short, different and plain", function()
    local seen = {}
    for _, word in ipairs(words) do
      assert.matches("^%l%l+$", word)
      assert.is_true(#word <= 5)
      assert.is_nil(seen[word])
      seen[word] = true
    end
    assert.is_true(#words > 256)
  end)

  it("are those that cost one token each, found by halves", function()
    local asked = 0
    local function cost_of(list)
      asked = asked + 1
      local cost = 0
      for _, word in ipairs(list) do
        cost = cost + ((word == "water" or word == "a" or word == "sun") and 2 or 1)
      end
      return cost
    end
    local found = word_cost.single(words, cost_of)
    assert.equal(#words - 2, #found)
    for _, word in ipairs(found) do
      assert.is_true(word ~= "water" and word ~= "sun")
    end
    assert.is_true(asked < 60)
  end)

  it("are as many as could be asked for", function()
    local asked = 0
    local found = word_cost.single(words, function(list)
      asked = asked + 1
      if asked <= 2 then
        return #list == #words and #list + 1 or #list
      end
    end)
    assert.equal(#words // 2, #found)
    assert.same({}, word_cost.single({ "one" }, function() return 3 end))
  end)
end)

local function pieces(text, size)
  local count = 0
  for word in text:gmatch("%S+") do
    count = count + (#word + size - 1) // size
  end
  return count
end

-- Makes texts of the words as bench.synthetic does, without chance.
local function check(cost, lengths)
  return word_cost.verify({ name = "it" }, "chat", cost, lengths, function(tokens)
    local list = { word_cost.opening }
    for index = 1, math.floor((tokens - cost.base) / cost.per_word + 0.5) do
      list[#list + 1] = cost.words[(index * 7919) % #cost.words + 1]
    end
    return table.concat(list, " ")
  end)
end

local function learn(count)
  server.count, server.asked = count, 0
  return word_cost.of({ name = "it", dialect = {}, facts = {} }, "chat")
end

describe("what words cost a server", function()
  it("is one token each, and the template once", function()
    local cost = learn(function(text) return 20 + pieces(text, 100) end)
    assert.same({ 1, 21, "usage", 3 }, { cost.per_word, cost.base, cost.source, cost.questions })
    assert.equal(3, server.asked)
    assert.equal(0, check(cost, { 100, 300 }))
  end)

  it("is learned of those words alone that cost one", function()
    local cost = learn(function(text)
      return 20 + pieces(text, 100) + select(2, text:gsub("v", "")) -- a word with a v in it costs two
    end)
    assert.equal(1, cost.per_word)
    assert.is_true(#cost.words >= 32 and server.asked <= 40)
    for _, word in ipairs(cost.words) do
      assert.is_nil(word:find("v"))
    end
    assert.equal(0, check(cost, { 100, 300 }))
  end)

  it("is a mean where words cost more, and says by how much it is off", function()
    local cost = learn(function(text) return 20 + #text // 2 end)
    assert.is_true(cost.per_word > 1.5)
    local off = check(cost, { 200, 400 })
    assert.is_true(off > 0 and off < 40)
  end)

  it("is corrected where something is always missing", function()
    local cost = learn(function(text) return 20 + pieces(text, 100) end)
    server.count = function(text) return 25 + pieces(text, 100) end
    assert.equal(0, check(cost, { 100 }))
    assert.equal(26, cost.base)
  end)

  it("cannot be learned of a server that does not count, and needs none that is not there", function()
    assert.matches("it does not count its prompts: no usage", fake.message(learn, function() end))
    assert.equal(1, word_cost.of({ name = "it", absent = "connect" }, "chat").per_word)
  end)
end)
