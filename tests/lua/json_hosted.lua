-- luacheck: globals it same refused
local core = require "core.json"
local json = require "bench.json"

it("writes keys sorted bytewise, the same on every machine", function()
  same('{"A":1,"a":{"x":true,"y":false},"b":"t","é":3}',
    json.encode { b = "t", a = { y = false, x = true }, A = 1, ["é"] = 3 })
end)

it("keeps whole numbers whole, to 64 bits", function()
  same("[9007199254740993,1757141666123456789,1234567890123456789,-9223372036854775808,0]",
    json.encode { 9007199254740993, 1757141666123456789, 1234567890123456789, math.mininteger, 0 })
  local back = json.decode '{"created_ns":1757141666123456789,"seed":9007199254740993,"n":120}'
  same(1757141666123456789, back.created_ns)
  same(9007199254740993, back.seed)
  same("120", tostring(back.n))
  same("integer", math.type(back.n))
end)

it("writes doubles as short as they read back the same, whole ones without an exponent", function()
  same("[0.1,0.7,1e-07,256,1000000000000000,100000000000000000000,-0.5,3.141592653589793,1e+300]",
    json.encode { 0.1, 0.7, 1e-7, 256.0, 1e15, 1e20, -0.5, math.pi, 1e300 })
  for _ = 1, 2000 do
    local number = (math.random() - 0.5) * 10 ^ math.random(-300, 300)
    same(number, json.decode(json.encode { number })[1] + 0.0)
  end
end)

it("knows empty lists from empty objects, and null from nothing", function()
  same('{"a":[],"b":{},"c":[1,null,2],"d":null}',
    json.encode { a = json.array {}, b = {}, c = { 1, json.null, 2 }, d = json.null })
  same("[]", json.encode(json.array()))
  same('{"a":[],"b":{},"c":[[]]}', json.encode(json.decode '{"c":[[]],"b":{},"a":[]}'))
  same(true, json.decode("[null]")[1] == json.null)
end)

it("writes number keys as text and refuses what is neither list nor object", function()
  same('{"logit_bias":{"15043":-100}}', json.encode { logit_bias = { [15043] = -100 } })
  same('{"100":1,"15043":2,"20":3,"7":4}', json.encode { [20] = 3, [7] = 4, [100] = 1, [15043] = 2 })
  refused("a.b: a list with holes", json.encode, { a = { b = { [1] = 1, [20] = 2 } } })
  refused("a[2]: a table with both", json.encode, { a = { 1, { 1, x = 2 } } })
  refused("the value: a list with holes", json.encode, json.array { [3] = 1 })
  refused("json.array's argument is bench's own", json.array, setmetatable({}, { __metatable = false }))
  refused("a fraction cannot be a key", json.encode, { [1.5] = 1 })
  refused("a boolean cannot be a key", json.encode, { [true] = 1 })
end)

it("refuses numbers, texts and values that JSON does not have, and names the field", function()
  refused("options.temperature: NaN cannot be JSON", json.encode, { options = { temperature = -(0 / 0) } })
  refused("a[1]: an infinite number", json.encode, { a = { math.huge } })
  refused("a: a function cannot be JSON", json.encode, { a = print })
  refused("[2]: NaN cannot be JSON", json.encode, { 1, 0 / 0 })
  refused("the value: nil cannot be JSON", json.encode, nil)
  refused("a: text that is not UTF-8", json.encode, { a = "\xff" })
  refused("not UTF-8", json.encode, { ["\xc0\x80"] = 1 })
end)

it("refuses cycles and depth, and allows shared children", function()
  local cycle = {}
  cycle.me = { cycle }
  refused("me[1]: a table that contains itself", json.encode, cycle)
  refused("a: a table with __pairs", json.encode,
    { a = setmetatable({}, { __pairs = function() return next, { 1 } end }) })
  refused("a: a weak table", json.encode, { a = setmetatable({ b = {} }, { __mode = "v" }) })
  local deep = {}
  for _ = 1, 200 do
    deep = { deep }
  end
  refused("nested deeper than 128", json.encode, deep)
  local child = { 1 }
  same('{"a":[1],"b":[1]}', json.encode { a = child, b = child })
end)

it("bounds what shared children multiply to", function()
  local bomb = { ("x"):rep(1000) }
  for _ = 1, 40 do
    bomb = { bomb, bomb }
  end
  local text, problem = core.encode(bomb, 100000)
  same(nil, text)
  assert(problem:find("more than 100000 bytes", 1, true), problem)
end)

it("escapes what must be escaped and nothing else", function()
  same([["a/b \"\\ \n\t\u0000\u001f 天空 😀"]], json.encode "a/b \"\\ \n\t\0\31 天空 😀")
  same([["\\/"]], json.encode "\\/")
  same("a/b", json.decode [["a\/b"]])
  same("😀", json.decode [["\ud83d\ude00"]])
  same("\u{fffd}x", json.decode [["\ud83dx"]])
end)

it("reads every kind of value, alone too", function()
  same({ 1, "a", true, false, -2.5 }, json.decode ' [1, "a", true, false, -2.5] ')
  same("x", json.decode '"x"')
  same(12, json.decode " 12 ")
  same(-0.0, json.decode "-0.0")
  same(true, json.decode "null" == json.null)
  same(1e300, json.decode "1e300")
end)

it("refuses what is not JSON", function()
  for _, text in ipairs { "", " ", "{", "[1,]", "[1 2]", "[1,,2]",
    '{"a"}', '{"a":}', '{"a" "b"}', "{a:1}", "tru", "nul",
    "NaN", "Infinity", "-Infinity", "[NaN]", "0x10", "[0x10]", "1e400", "[1e400]", "01", "1.", ".5", "+1", "'a'",
    '"a', '"\\x41"', '"\n"', "[1] x", "1],[2", "1,2", "[", "]", '{"a":1}}', ("["):rep(200) .. ("]"):rep(200) } do
    local value, problem = json.decode(text)
    if value ~= nil or type(problem) ~= "string" then
      error("was read: " .. text)
    end
  end
end)

it("bounds what one text becomes", function()
  local _, problem = json.decode("[" .. ("0,"):rep(8 * 1024 * 1024) .. "0]")
  assert(problem:find("8 million values", 1, true), problem)
end)

it("can refuse a key that stands twice", function()
  same({ a = 2 }, core.decode '{"a":1,"a":2}')
  local value, problem = core.decode('{"x":[{"prompt":"b","prompt":"c"}]}', true)
  same(nil, value)
  assert(problem:find('"prompt" stands twice', 1, true), problem)
  same({ a = { a = 1 } }, core.decode('{"a":{"a":1}}', true))
end)

it("gives back every tree that it wrote", function()
  local function tree(depth)
    local kind = depth > 4 and math.random(4) or math.random(6)
    if kind == 1 then
      return math.random(math.mininteger, math.maxinteger)
    elseif kind == 2 then
      return math.random() * 1e6 + 0.5
    elseif kind == 3 then
      return utf8.char(math.random(1, 0xd7ff), math.random(0xe000, 0x10ffff), 34, 92, 47)
    elseif kind == 4 then
      return math.random(2) == 1
    end
    local made = kind == 5 and json.array {} or {}
    for index = 1, math.random(0, 4) do
      made[kind == 5 and index or "k" .. math.random(1000)] = tree(depth + 1)
    end
    return made
  end
  for _ = 1, 200 do
    local text = json.encode { tree(1) }
    same(text, json.encode(json.decode(text)))
  end
end)
