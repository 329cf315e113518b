-- Holds the rules of ARCHITECTURE.md against the tree: lua5.4 tests/layers.lua ROOT [--wrong]
--   includes point downward; lua.h, curl and sqlite3 stay in their rooms; a scenario's files know
--   nothing of core.*; SQL stands in db/, and what lib/ asks by name is there; the map names every folder, and
--   every path that the page names exists, as does every page that a comment in C names; no file is empty, as one is
--   that a slip of the shell left behind.
-- With --wrong a made-up tree that breaks each rule once must be found out: the test of this test.

-- The list of runtime/README.md: a file may include its own layer and those before it.
local LAYERS = { "base", "net", "machine", "store", "sim", "script", "cli" }

-- Where a library's header may be included.
local ROOMS = {
  { "^l[ua][ua]x?[a-z]*%.h$", { "script/" } }, -- lua.h lauxlib.h lualib.h
  { "^curl/", { "net/http", "net/stamp_self_test.c" } },
  { "^sqlite3", { "store/" } },
}

local problems = {}

local function problem(...)
  problems[#problems + 1] = string.format(...)
end

local function rank(layer)
  for i, name in ipairs(LAYERS) do
    if name == layer then return i end
  end
end

local function check_layer(file, header, line)
  local from, to = file:match("^runtime/(%w+)/"), header:match("^(%w+)/")
  if not from or not to or not rank(to) then return end
  if not rank(from) then
    problem("%s: runtime/%s is no layer", file, from)
  elseif rank(to) > rank(from) then
    problem("%s:%d: %s includes %s, which lies above it", file, line, from, header)
  end
end

local function check_room(file, header, line)
  local place = file:match("^runtime/(.*)$")
  for _, room in ipairs(ROOMS) do
    if place and header:find(room[1]) then
      local allowed = false
      for _, prefix in ipairs(room[2]) do
        allowed = allowed or place:sub(1, #prefix) == prefix
      end
      if not allowed then problem("%s:%d: %s belongs to %s", file, line, header, table.concat(room[2], ", ")) end
    end
  end
end

local function check_c(file, text)
  local line = 0
  for each in text:gmatch("([^\n]*)\n?") do
    line = line + 1
    local header = each:match('^%s*#%s*include%s*["<]([^">]+)[">]')
    if header then
      check_layer(file, header, line)
      check_room(file, header, line)
    end
  end
end

local function check_pages(file, text, pages)
  for page in text:gmatch("[%w_]+%.md%f[%W]") do
    if not pages[page] then problem("%s: there is no page %s", file, page) end
  end
end

local function check_scenario(file, text)
  local name = text:match("require%s*%(?%s*[\"'](core[%w_.]*)")
  if name then problem("%s: a scenario cannot see %s", file, name) end
end

-- Who may have SQL in Lua: a warning stands beside its question, llama-bench's file is SQL, a help page shows some.
local WITH_SQL = {
  ["lib/report/rules.lua"] = true, ["lib/report/rule.lua"] = true, ["lib/report/answered.lua"] = true,
  ["lib/report/between.lua"] = true, ["lib/report/basis.lua"] = true, ["lib/report/pace.lua"] = true,
  ["lib/report/sanity.lua"] = true, ["lib/import/llama_bench.lua"] = true, ["lib/help/views.lua"] = true,
}

local SQL = { "SELECT%s+[%w*]", "INSERT%s+%u+%s+%w", "UPDATE%s+%w+%s+SET", "DELETE%s+FROM", "CREATE%s+%u+%s+%w",
  "PRAGMA%s+%w" }

local function check_sql(file, text)
  for _, pattern in ipairs(SQL) do
    local found = not WITH_SQL[file] and text:match(pattern)
    if found then problem("%s: SQL belongs into db/, to be asked by name: %s", file, found) end
  end
end

local function check_asked(file, text, exists)
  for name in text:gmatch('ask%.%l+%(?%s*"([%w_/]*[%w_])"') do
    if not exists["db/" .. name .. ".sql"] then problem("%s: there is no db/%s.sql", file, name) end
  end
end

-- Of the files, and of their names without the folder.
local function sets_of(files)
  local set, names = {}, {}
  for _, file in ipairs(files) do set[file], names[file:match("[^/]*$")] = true, true end
  return set, names
end

local function folders_of(files)
  local seen, list = {}, {}
  for _, file in ipairs(files) do
    local first, second, third = file:match("^([^/]+)/?([^/]*)/?(.*)$")
    local folder = file:match("^(.*)/[^/]*$")
    -- data below a test's folder needs no line of its own
    if folder and first == "tests" and third:find("/") then folder = first .. "/" .. second end
    if folder and first:sub(1, 1) ~= "." and not seen[folder] then
      seen[folder] = true
      list[#list + 1] = folder
    end
  end
  return list
end

local function check_map(page, files)
  local map = page:match("\n## The map\n(.-)\n## ")
  if not map then return problem("ARCHITECTURE.md: no section \"The map\"") end
  for _, folder in ipairs(folders_of(files)) do
    if not map:find(folder .. "/", 1, true) then problem("ARCHITECTURE.md: the map lacks %s/", folder) end
  end
  local exists = {}
  for _, file in ipairs(files) do
    exists[file] = true
    for at in file:gmatch("()/") do exists[file:sub(1, at)] = true end
  end
  local tops = {}
  for _, file in ipairs(files) do tops[file:match("^([^/]+)/") or file] = true end
  for path in page:gmatch("%f[%w_./]([%w_]+/[%w_./]+)") do
    path = path:gsub("%.$", "")
    if tops[path:match("^[^/]+")] and not exists[path] and not exists[path .. "/"] then
      problem("ARCHITECTURE.md: there is no %s", path)
    end
  end
end

local function check(files, read)
  local exists, names = sets_of(files)
  for _, file in ipairs(files) do
    if read(file) == "" then problem("%s: is empty", file) end
    if file:find("^runtime/.*%.[ch]$") then check_c(file, read(file)) end
    if file:find("%.[ch]$") then check_pages(file, read(file), names) end
    if file:find("^lib/.*%.lua$") then
      check_sql(file, read(file))
      check_asked(file, read(file), exists)
    end
    if file:find("^scripts/.*%.lua$") or file:find("^examples/.*%.lua$") then check_scenario(file, read(file)) end
  end
  check_map(read("ARCHITECTURE.md"), files)
end

local function lines_of(command)
  local list, pipe = {}, assert(io.popen(command))
  for line in pipe:lines() do list[#list + 1] = line end
  assert(pipe:close(), command .. " failed")
  return list
end

local WRONG = {
  ["runtime/base/a.c"] = '#include "net/loop.h"\n',
  ["runtime/net/a.c"] = "#include <lua.h>\n",
  ["runtime/net/b.c"] = "#include <lauxlib.h>\n",
  ["runtime/net/frames.c"] = "#include <curl/curl.h>\n",
  ["runtime/cli/a.c"] = "#include <sqlite3.h>\n",
  ["runtime/store/a.c"] = "#include <curl/curl.h>\n",
  ["runtime/attic/a.c"] = '#include "base/error.h"\n',
  ["scripts/a.lua"] = 'local record = require "core.record"\n',
  ["lib/a.lua"] = 'local row = store.query("SELECT id FROM run")[1]\n',
  ["lib/b.lua"] = 'local row = ask.row("report/nothing", run)\n',
  ["lib/c.lua"] = "store.query [[DELETE FROM run]]\n",
  ["runs.db"] = "",
  ["runtime/base/b.c"] = "/* as nowhere.md says */\n",
  ["ARCHITECTURE.md"] = "\n## The map\nlib/ runtime/base/ runtime/net/ runtime/cli/ runtime/store/\n"
    .. "scripts/b.lua\n## Next\n",
}

-- Each file of WRONG breaks one rule; the page breaks two.
local function test_of_this_test()
  local files = {}
  for name in pairs(WRONG) do files[#files + 1] = name end
  check(files, function(name) return WRONG[name] end)
  for name in pairs(WRONG) do
    local found = false
    for _, each in ipairs(problems) do found = found or each:sub(1, #name) == name end
    assert(found, "nothing was found wrong with " .. name)
  end
  assert(#problems == 15, "15 problems, not " .. #problems .. ":\n" .. table.concat(problems, "\n"))
  print("each broken rule was found out")
end

local function main()
  if arg[2] == "--wrong" then return test_of_this_test() end
  local root = arg[1] or "."
  local files = lines_of("cd '" .. root
    .. "' && git -c safe.directory='*' ls-files --cached --others --exclude-standard")
  assert(#files > 50, "hardly any files in " .. root)
  check(files, function(name)
    local file <close> = assert(io.open(root .. "/" .. name, "rb"))
    return file:read("a")
  end)
  for _, each in ipairs(problems) do print(each) end
  if #problems > 0 then os.exit(1) end
  print(#files .. " files keep the rules")
end

main()
