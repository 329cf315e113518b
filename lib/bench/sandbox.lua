-- What a scenario sees: Lua's own globals without those that reach files, processes, bytecode or the
-- host; http, json and log are added by whoever runs it. Undefined names are errors at their line.
local helpers = require "bench.helpers"
local lists = require "bench.lists"
local misuse = require "bench.misuse"
local options = require "core.options"
local output = require "core.output"
local source = require "core.source"
local core_json = require "core.json"
local core_text = require "core.text"
local slow_reader = require "bench.slow_reader"
local strict = require "bench.strict"
local twice = require "bench.twice"

local sandbox = {}

local function copy(library, names)
  local copied = {}
  for _, name in ipairs(names) do
    copied[name] = library[name]
  end
  return copied
end

local environment = copy(_G, {
  "assert", "ipairs", "next", "pairs", "pcall", "rawequal", "rawget", "rawlen", "rawset",
  "select", "tonumber", "tostring", "type", "xpcall", "_VERSION",
})
environment._G = environment
environment.error = source.error
for name, library in pairs { table = table, math = math, utf8 = utf8, coroutine = coroutine } do
  environment[name] = strict.table(name, copy(library, lists.names(library)))
end
local other_ways = { getenv = "; bench.secret gives a handle to a variable",
  clock = "; that counts the time of the CPU, not of waiting: bench.now() counts all" }

-- The one there is: a decimal sign is a point, whatever a script or its user's environment wants.
local locales = { [""] = "C", C = "C", POSIX = "C" }

environment.os = setmetatable(copy(os, { "date", "difftime", "time" }), {
  __metatable = false,
  __index = function(_, name)
    misuse.raise("a scenario has no os.%s%s (bench help sandbox)", tostring(name), other_ways[name] or "")
  end,
})

function environment.os.setlocale(wanted)
  return locales[wanted or ""]
end

-- Methods of strings are Lua's own, whatever a script does to its copy of the library: a name that is
-- added here would not be one.
environment.string = setmetatable(copy(string, lists.names(string)), {
  __metatable = false,
  __newindex = function(_, name)
    misuse.raise("string.%s cannot be added: it would be no method of strings; use a local function", tostring(name))
  end,
})

-- Who takes an address for what it names is told: any other name of a text is nil, as in Lua.
local asks = { ask = true, chat = true, complete = true, embed = true, describe = true, unload = true }
setmetatable(string, {
  __index = function(_, name)
    if asks[name] then
      misuse.raise("an address is a text, and no backend: bench.backend(address) makes one of it, bench.rounds(list,"
        .. " times) of each in a list")
    end
  end,
})

local pages = { table = true, md = true } -- any other format is a document, which is all of stdout

-- What a model wrote is shown on a terminal, never obeyed; a file or a pipe gets it as it is.
local function say(stream, line)
  slow_reader.wait()
  output[stream == "stdout" and "out" or "err"](output.is_terminal(stream) and core_text.shown(line) or line)
end

-- One call, one write, so that lines of two tasks do not mix; sent at once.
function environment.print(...)
  local texts = table.pack(...)
  for index = 1, texts.n do
    texts[index] = tostring(texts[index])
  end
  local line = table.concat(texts, "\t", 1, texts.n) .. "\n"
  say(options.format and not pages[options.format] and "stderr" or "stdout", line)
end

function environment.getmetatable(value)
  local meta = getmetatable(value)
  if meta == core_json.array_mt then
    return false
  end
  return meta
end

function environment.setmetatable(value, meta)
  if type(meta) == "table" and rawget(meta, "__gc") ~= nil then
    misuse.raise("__gc is not there in a scenario")
  end
  if core_json.is_array(value) then
    misuse.raise("a JSON array cannot have another metatable")
  end
  return misuse.lend(setmetatable, value, meta)
end

local collector = { count = true, collect = true, step = true }

function environment.collectgarbage(what, ...)
  what = what == nil and "collect" or what
  if not collector[what] then
    misuse.raise("collectgarbage(%q) is not there in a scenario", tostring(what))
  end
  return misuse.lend(collectgarbage, what, ...)
end

local function joined(reader)
  local pieces = {}
  repeat
    local piece = reader()
    if piece ~= nil and type(piece) ~= "string" then
      misuse.raise("load: the function must give texts")
    end
    pieces[#pieces + 1] = piece
  until piece == nil or piece == ""
  return table.concat(pieces)
end

-- Text only, and never with other globals than a scenario's.
function environment.load(chunk, name, _, globals)
  misuse.check("load's argument", chunk, "string", "function")
  misuse.check("load's environment", globals, "nil", "table")
  local text = type(chunk) == "function" and joined(chunk) or chunk
  if text:byte(1) == 27 then
    return nil, "attempt to load bytecode: a scenario loads text only"
  end
  local label = type(name) == "string" and name:gsub("^[@=]", "") or "load"
  return load(text, "=" .. label, "t", globals or environment)
end

local loaded = {}
local begun = {} -- what stands in `loaded` until a file has given its value: that may be false

-- "a.b" is a/b.lua beside the script. Names are plain: what means something to a file system or to
-- package.path does not stand in them.
local function path_of(name)
  if name == "" or name:find("[/\\%z?;]") or name:find("^%.") or name:find("%.$") or name:find("..", 1, true) then
    misuse.raise("require %q: a name like \"helper\" or \"lib.helper\" is needed", name)
  end
  return (name:gsub("%.", "/")) .. ".lua"
end

local function load_beside(name)
  local path = path_of(name)
  local text, problem = source.read(path)
  if not text then
    misuse.raise("require %q: %s", name, problem)
  end
  local folder = source.script().path:match("^(.*/)") or ""
  local chunk, fault = source.load(text, folder .. path)
  fault = chunk and twice.complaint(text, folder .. path) or fault and require("bench.syntax").explain(fault, text)
  if fault then
    error(fault, 0)
  end
  helpers.keep(path, text)
  return chunk
end

function environment.require(name)
  misuse.check("require's argument", name, "string")
  if name == "bench" then
    return require "bench"
  end
  if loaded[name] == begun then
    misuse.raise("require %q: it requires itself, or failed before", name)
  end
  if loaded[name] == nil then
    loaded[name] = begun
    local result = load_beside(name)(name)
    loaded[name] = result == nil and true or result
  end
  return loaded[name]
end

-- What Lua has and a scenario has not, and what it has instead.
local loads = "; require \"helper\" loads helper.lua beside it"
local withheld = { io = "; bench.read reads a file", debug = "", package = "", dofile = loads, loadfile = loads }

-- What other languages call what Lua has, too.
local elsewhere = { True = "true", False = "false", None = "nil", null = "nil", len = "#list",
  range = "for i = 1, n do", time = "bench.now()", sleep = "bench.sleep", str = "tostring", int = "math.tointeger",
  float = "tonumber", requests = "http.get", asyncio = "bench.together", unpack = "table.unpack",
  loadstring = "load", console = "print", undefined = "nil" }

-- Names that a script gets in a way of its own.
local ways = { bench = "a script begins with: local bench = require \"bench\"",
  user = "a visit is called with it: visit = function(user) ... end",
  self = "a function has it whose name is written with a colon: function Chat:say(text)" }

-- What is wrong with the use of a global: asked of each when a file is loaded, and again when a name
-- that was not seen there is used.
function sandbox.complaint(name, assigned)
  if assigned then
    return ("%s is not declared: write \"local\" before its first use"):format(name)
  elseif ways[name] then
    return ("no variable is called %s; %s"):format(name, ways[name])
  elseif withheld[name] then
    return ("a scenario has no %s%s (bench help sandbox)"):format(name, withheld[name])
  end
  local here = elsewhere[name]
  return ("no variable is called %s%s"):format(name,
    here and (". Lua has %s"):format(here) or misuse.near(name, lists.names(environment)))
end

local function undefined(_, name)
  misuse.raise("%s", sandbox.complaint(tostring(name), false))
end

local function undeclared(_, name)
  misuse.raise("%s", sandbox.complaint(tostring(name), true))
end

-- The names that undefined() would refuse; lib adds its own before the scenario runs.
function sandbox.add(name, value)
  rawset(environment, name, value)
end

sandbox.environment = setmetatable(environment, {
  __index = undefined,
  __newindex = undeclared,
  __metatable = false,
})

return sandbox
