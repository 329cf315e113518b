local twice = require "bench.twice"

local function found(text)
  assert(load(text, "@mine.lua")) -- what Lua does not read is not asked about
  local said = twice.complaint(text, "mine.lua")
  return said and said:match "^mine%.lua:(%d+: .-) stands twice"
end

describe("a key that stands twice in one table", function()
  it("is found with its line", function()
    for text, key in pairs {
      ["f { temperature = 0, temperature = 1 }"] = "1: temperature",
      ["f {\n a = 1,\n b = { a = 2 },\n a = 3 }"] = "4: a",
      ["f { a = 1; b = 2; a = 3 }"] = "1: a",
      ["f { ['a'] = 0, [\"a b\"] = 1, [\"a b\"] = 2 }"] = "1: a b",
      ["f { a = 1, [\"a\"] = 2 }"] = "1: a",
      ["f { a = 1 - 2, --[==[ ] ]==] b = [[ ' ]], c = '\\'', -- }\n a = 4 }"] = "2: a",
      ["f { a = function() local x, b = 1 if x then local z, b = 1, 3 end return x end, a = 2 }"] = "1: a",
      ["f { a = 1, b = function() while x do y() end for i = 1, 2 do repeat z() until q end end, b = 4 }"] = "1: b",
      ["local a = b[c[1]] f { a = b[c[1]], b = 1, a = 2 }"] = "1: a",
    } do
      assert.equal(key, found(text), text)
    end
  end)

  it("is none where there are two tables, or it is no key", function()
    for _, text in ipairs {
      "f { a = 1 } g { a = 2 }", "f { a = { a = 1 }, b = { a = 2 } }", "f { g(a, b), a = 1, h { a = 1 } }",
      "f { a == b, a == b }", "f { function(a, b) local c, a = 1, 2 c, a = 2, 1 end, a = 1 }",
      "local a, b = 1, 2 a, b = 2, 1", "local s = '{ a = 1, a = 2 }' --[[ { a = 1, a = 2 } ]] -- { a = 1, a = 2 }",
      "local s = \"\\\"{ a = 1, a = 2 }\" local l = [==[ { a = 1, a = 2 } ]==]", "f { [x] = 1, [x] = 2, [1] = 1 }",
    } do
      assert.is_nil(found(text), text)
    end
  end)
end)
