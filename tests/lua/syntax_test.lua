local syntax = require "bench.syntax"

-- What is said of a text that Lua does not read, behind Lua's own words.
local function hint(text)
  local chunk, fault = load(text, "@mine.lua")
  assert.is_nil(chunk)
  local said = syntax.explain(fault, text)
  assert.equal(fault, said:sub(1, #fault))
  return said:sub(#fault + 1)
end

describe("a script in another language", function()
  it("is told what Lua has instead", function()
    local cases = {
      ["x = 1\nx += 2"] = "x = x + 2",
      ["local x = 1\nx++\nprint(x)"] = "x = x + 1",
      ["if a != b then end"] = "a ~= b",
      ["if a = b then end"] = "a == b",
      ["if a == 1 then\nelseif a.b = true then end"] = "a == b",
      ["if a && b then end"] = "a and b",
      ["if a || b then end"] = "a or b",
      ["if !a then end"] = "not a",
      ["local list = [1, 2]"] = "{ a, b }",
      ["ask([\"a\"])"] = "{ a, b }",
      ["local t = {\"x\": 1}"] = "{ name = value }",
      ["local t = { x: 1 }"] = "{ name = value }",
      ["local x = 1\n# why"] = "-- a comment",
      ["// why\nlocal y = 2"] = "-- a comment",
      ["def f():\n  return 1"] = "local function name(...) ... end",
      ["for i in range(5):\n  print(i)\n"] = "for i = 1, n do ... end",
      ["if x:\n  print(x)\n"] = "if ... then ... end",
      ["if (x) {\n}"] = "if ... then ... end",
      ["if x then\nelif y then\nend"] = "elseif ... then",
      ["while true:\n  f()\n"] = "while ... do ... end",
      ["const x = 1"] = "local name = value",
      ["import json"] = "local name = require \"name\" (name.lua beside the script)",
      ["local f = x => x"] = "function(...) ... end",
    }
    for text, words in pairs(cases) do
      assert.equal(". In Lua: " .. words, hint(text), text)
    end
  end)

  it("is told which character was typed, and what Lua has instead", function()
    local cases = {
      ["print(“hi”)"] = "unexpected symbol near '“'. In Lua: \"",
      ["print(\"“\"）"] = "')' expected near '）'. In Lua: )",
      ["f（1)"] = "syntax error near '（'. In Lua: (",
      ["local t = { 1， 2 }"] = "'}' expected near '，'. In Lua: ,",
      ["print(\u{A0}1)"] = "unexpected symbol near 'U+00A0'. In Lua: a blank",
      ["-- ”\nlocal 时间 = 1"] = "<name> expected near '时'. In Lua: letters of names are a to z and A to Z",
      ["if a ≥ b then end"] = "'then' expected near '≥'. In Lua: >=",
    }
    for text, words in pairs(cases) do
      local _, fault = load(text, "@mine.lua")
      assert.equal(words, syntax.explain(fault, text):match ":%d+: (.*)", text)
    end
  end)

  it("is told Lua's own words where the bytes are no character", function()
    local fault = select(2, load("local gr\xF6\xDFe = 1", "@mine.lua"))
    assert.equal(fault, syntax.explain(fault, "local gr\xF6\xDFe = 1"))
  end)

  it("is not, where nothing looks like one", function()
    for _, text in ipairs { "local x =", "local t = { [\"a\"] = 1, b = [[x ! y]] }\nlocal z =", "if x then",
      "print(\"a != b\") print(", "local x = 1 -- 50% += 2\nlocal 5", "local u = \"\\\"[1] && !\" .. }",
      "print(\"x\"\nlocal y = 2", "local t = { x = 5 if }", "local t = { a = 1; b" } do
      assert.equal("", hint(text), text)
    end
  end)

  it("is asked for a comma where a list goes on without one", function()
    for text, close in pairs { ["f(\"a\" { b = 1 })"] = ")", ["local t = { a = 1\nb = 2 }"] = "}",
      ["local t = { a = 1\n[\"b\"] = 2 }"] = "}", ["local t = { 1\n\"x\" }"] = "}" } do
      assert.equal((". Is a comma or a %s missing before it?"):format(close), hint(text), text)
    end
  end)

  it("is told nothing of what is no fault of its syntax", function()
    local said = "mine.lua:1: no variable is called range"
    assert.equal(said, syntax.explain(said, "for i in range(5): print(i)"))
  end)
end)
