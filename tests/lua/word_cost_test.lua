local fake = require "core_fake"

-- A server: count(text) by its usage; nil where it says nothing.
local server = {}
package.preload["bench.token_length"] = function()
  return {
    by_usage = function(_, _, text)
      server.asked = server.asked + 1
      return server.count(text), "no usage", server.is_partial
    end,
    by_tokenizer = function() end,
  }
end

local word_cost = require "bench.word_cost"
local word_fill = require "bench.word_fill"
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

-- Makes texts of the words as bench.synthetic does.
local generator = require("core.random").new(1)

local function check(cost, lengths)
  return word_cost.verify({ name = "it" }, "chat", cost, lengths, function(tokens)
    return word_cost.opening .. " " .. word_fill.text(cost.fill, generator, tokens - cost.base)
  end)
end

local function learn(count)
  server.count, server.asked = count, 0
  return word_cost.of({ name = "it", dialect = {}, facts = {} }, "chat")
end

describe("what words cost a server", function()
  it("is one token each, and the template once", function()
    local cost = learn(function(text) return 20 + pieces(text, 100) end)
    assert.same({ 1, 1, 21, "usage", 4 },
      { cost.fill.least, cost.fill.most, cost.base, cost.source, cost.questions })
    assert.equal(4, server.asked)
    assert.equal(0, check(cost, { 100, 300 }))
  end)

  it("is learned of those words alone that cost one, where they are many", function()
    local cost = learn(function(text)
      return 20 + pieces(text, 100) + select(2, text:gsub("v", "")) -- a word with a v in it costs two
    end)
    assert.equal(1, cost.fill.most)
    assert.is_true(#cost.fill.words >= 32 and server.asked <= 41)
    for _, word in ipairs(cost.fill.words) do
      assert.is_nil(word[1]:find("v"))
    end
    assert.equal(0, check(cost, { 100, 300 }))
  end)

  it("is asked with another beginning each time of a server that counts only what is in no cache", function()
    local before, same_beginnings = "", 0
    server.is_partial = true
    local cost = learn(function(text)
      same_beginnings = same_beginnings + (text:sub(1, 2) == before and 1 or 0)
      before = text:sub(1, 2)
      return 20 + pieces(text, 100)
    end)
    server.is_partial = nil
    assert.same({ true, 0 }, { word_cost.told(cost).is_partial, same_beginnings })
  end)

  it("is asked of each word where they cost more, and adds up exactly", function()
    local cost = learn(function(text) return 20 + pieces(text, 1) end)
    assert.is_true(cost.fill.least >= 2 and cost.fill.most == 5 and server.asked <= 20)
    assert.equal(0, check(cost, { 100, 101, 102, 103, 399 }))
  end)

  it("says by how much it is off where it does not add up", function()
    local cost = learn(function(text) return 20 + #text * 3 // 7 end)
    local off = check(cost, { 200, 400 })
    assert.is_true(off > 0 and off < 100)
  end)

  it("is corrected where something is always missing", function()
    local cost = learn(function(text) return 20 + pieces(text, 100) end)
    server.count = function(text) return 25 + pieces(text, 100) end
    assert.equal(0, check(cost, { 100 }))
    assert.equal(26, cost.base)
  end)

  it("cannot be learned of a server that does not count, and needs none that is not there", function()
    assert.matches("it does not count its prompts: no usage", fake.message(learn, function() end))
    assert.equal(1, word_cost.of({ name = "it", absent = "connect" }, "chat").fill.most)
  end)
end)

describe("a text of words", function()
  local words_of = { { "a", 2 }, { "bb", 3 }, { "ccc", 5 } }
  local cost_of = { a = 2, bb = 3, ccc = 5 }

  local function cost(text)
    local total = 0
    for word in text:gmatch("%S+") do
      total = total + cost_of[word]
    end
    return total
  end

  it("costs exactly as many tokens, whatever the words cost", function()
    local fill = word_fill.new(words_of)
    for tokens = 2, 300 do
      assert.equal(tokens, cost(word_fill.text(fill, generator, tokens)))
    end
    word_fill.make_phrases(fill, generator)
    for tokens = 2, 3000, 7 do
      assert.equal(tokens, cost(word_fill.text(fill, generator, tokens)))
    end
  end)

  it("costs a little less where the words leave no way", function()
    local fill = word_fill.new { { "ccc", 5 } }
    assert.equal("", word_fill.text(fill, generator, 0))
    assert.equal("", word_fill.text(fill, generator, 4))
    assert.equal(500, cost(word_fill.text(fill, generator, 504)))
  end)
end)
