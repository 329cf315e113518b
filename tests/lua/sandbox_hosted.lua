-- luacheck: globals it same refused
local sandbox = require "bench.sandbox"
local source = require "core.source"

-- Runs a text as a scenario would.
local function run(text)
  local chunk, problem = source.load(text, "mine.lua")
  if not chunk then
    error(problem, 0)
  end
  return chunk()
end

it("has Lua's own names and no others", function()
  local allowed = {}
  for name in ([[_G _VERSION assert collectgarbage coroutine error getmetatable ipairs load math next os pairs pcall
    print rawequal rawget rawlen rawset require select setmetatable string table tonumber tostring type utf8
    xpcall]]):gmatch("%S+") do
    allowed[name] = true
    assert(rawget(sandbox.environment, name) ~= nil, name)
  end
  for name in pairs(sandbox.environment) do
    assert(allowed[name], name)
  end
  same("function", run "return type(os.time)")
  same(nil, run "return string.dump")
  same(nil, run "return ('x').dump")
  same(true, run "return _G._G == _G")
end)

it("loads text only, with a scenario's globals", function()
  same("nil nil nil", run [[
    return load [=[local a, b, c = rawget(_G, 'io'), rawget(_G, 'debug'), rawget(os, 'execute')
      return tostring(a) .. ' ' .. tostring(b) .. ' ' .. tostring(c)]=]()
  ]])
  refused("a scenario has no io; bench.read reads a file", run, [[return load "return io"()]])
  same("attempt to load bytecode: a scenario loads text only", run [[return select(2, load "\27Lua")]])
  same("attempt to load bytecode: a scenario loads text only", run [[
    local pieces, k = { "\27L", "ua" }, 0
    return select(2, load(function() k = k + 1 return pieces[k] end, "x", "b"))
  ]])
  same(5, run [[return load("return a", "x", "t", { a = 5 })()]])
  same(3, run [[local k = 0 return load(function() k = k + 1 return ({ "return ", "1 + 2" })[k] end)()]])
  same(nil, run [[return (load "return return")]])
  refused("load's argument", run, "load(5)")
end)

it("keeps the methods of strings as they are", function()
  same("XXX", run "string.rep = nil return ('X'):rep(3)")
  same(false, run "return getmetatable('')")
  refused("string.trim cannot be added", run, "function string.trim() end")
  same("abc", ("ABC"):lower())
  run "string.format = function() return 'stolen' end"
  same("1", ("%d"):format(1))
  same("1", string.format("%d", 1))
end)

it("gives no finaliser and no hold on the collector", function()
  refused("__gc is not there", run, "setmetatable({}, { __gc = function() end })")
  refused("collectgarbage(\"stop\")", run, "collectgarbage('stop')")
  refused("collectgarbage(\"generational\")", run, "collectgarbage('generational')")
  same("number", run "return type(collectgarbage('count'))")
  same(0, run "return collectgarbage()")
end)

it("hides the metatables that are shared", function()
  local environment = sandbox.environment
  rawset(environment, "list", require("bench.json").array {})
  rawset(environment, "null", require("core.json").null)
  same(false, run "return getmetatable(null)")
  same("null null", run "return tostring(null) .. ' ' .. ('%s'):format(null)")
  rawset(environment, "null", nil)
  same(false, run "return getmetatable(list)")
  refused("another metatable", run, "setmetatable(list, {})")
  rawset(environment, "list", nil)
  same(7, run "return getmetatable(setmetatable({}, { __metatable = 7 }))")
end)

it("refuses names that nobody declared, at their line", function()
  refused('mine.lua:2: no variable is called tabel. Did you mean table?', run, "\nreturn tabel.concat {}")
  refused("mine.lua:1: count is not declared", run, "count = 1")
  refused("mine.lua:3: visit is not declared", run, "\n\nfunction visit() end")
  same(1, run "rawset(_G, 'deliberate', 1) return _G.deliberate")
  same(nil, run "return rawget(_G, 'absent')")
end)

it("finds them when a file is loaded, in whatever function they stand", function()
  local function problem_of(text)
    local chunk, problem = source.load(text, "mine.lua")
    return chunk and "none" or problem
  end
  local far = ("local x = 1\n"):rep(150)
  same("mine.lua:2: no variable is called tpyo", problem_of "if false then\nreturn tpyo end")
  same("mine.lua:4: no variable is called deep",
    problem_of "local function f()\nreturn function()\nreturn function() local y = f\nreturn y, deep end end end")
  same("mine.lua:151: no variable is called late", problem_of(far .. "return function() return late end"))
  same("mine.lua:152: late is not declared: write \"local\" before its first use", problem_of(far .. "\nlate = 5"))
  same("mine.lua:1: first is not declared: write \"local\" before its first use",
    problem_of "function first() end\nreturn second")
  same("none", problem_of "local _ENV = { own = 1 } return own, function() return other end")
  same("none", problem_of "local function f(_ENV) return own end return f { own = 1 }")
  same("none", problem_of "return print, _G.whatever, ('x'):rep(3), ({ tpyo = 1 }).tpyo")
  same("none", problem_of "")
  local many = {}
  for k = 1, 300 do
    many[k] = ("do local s = '%d' end"):format(k)
  end
  same("none", problem_of(table.concat(many, "\n") .. "\nreturn print"))
end)

it("catches errors as Lua does", function()
  same("false x", run [[local ok, e = pcall(error, "x", 0) return tostring(ok) .. " " .. e]])
  same("x!", run [[return select(2, xpcall(error, function(e) return e .. "!" end, "x", 0))]])
  same(6, run [[return select(2, pcall(function(...) return select("#", ...) end, 1, nil, 3, nil, nil, nil))]])
  refused("mine.lua:1: boom", run, [[error("boom")]])
end)

it("has coroutines that behave as Lua's own", function()
  same("1 2 3", run [[
    local seen = {}
    for k in coroutine.wrap(function() for k = 1, 3 do coroutine.yield(k) end end) do seen[#seen + 1] = k end
    return table.concat(seen, " ")
  ]])
  same("suspended dead", run [[
    local co = coroutine.create(function() end)
    local before = coroutine.status(co)
    coroutine.resume(co)
    return before .. " " .. coroutine.status(co)
  ]])
  same("false cannot resume dead coroutine", run [[
    local co = coroutine.create(function() end)
    coroutine.resume(co)
    local ok, why = coroutine.resume(co)
    return tostring(ok) .. " " .. why
  ]])
  same("mine.lua:1: inner", run "return select(2, pcall(coroutine.wrap(function() error('inner') end)))")
  same("closed", run [[
    local said
    local co = coroutine.create(function()
      local guard <close> = setmetatable({}, { __close = function() said = "closed" end })
      coroutine.yield()
    end)
    coroutine.resume(co)
    coroutine.close(co)
    return said
  ]])
  same("true false", run [[
    local inside
    coroutine.wrap(function() inside = coroutine.isyieldable() and not select(2, coroutine.running()) end)()
    return tostring(inside) .. " " .. tostring(coroutine.isyieldable())
  ]])
  refused("outside a coroutine", run, "coroutine.yield()")
end)

it("requires bench and plain names only", function()
  for _, name in ipairs { "", "../x", "a/b", "a?b", "a;b", "..", ".a", "a.", "a..b", "a\\b", "a\0b" } do
    refused("a name like", sandbox.environment.require, name)
  end
  refused("require's argument", sandbox.environment.require, 5)
end)
