-- A folder of its own, a database in it, and what bench says: for the tests of this folder.
local harness = {}

local bench, root = assert(arg[1], "say where bench is"), assert(arg[2], "say where the tree is")
local folder = io.popen("mktemp -d"):read "l"
local failed, checked = 0, 0

harness.root, harness.folder = root, folder
harness.database = folder .. "/runs.db"

function harness.quote(word)
  return "'" .. tostring(word):gsub("'", "'\\''") .. "'"
end

function harness.read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "a"
  file:close()
  return text
end

-- A file in the folder; gives its path.
function harness.write(name, text)
  local path = folder .. "/" .. name
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  return path
end

-- -> what it printed on both streams, its exit code
function harness.bench(...)
  local words = { "cd", harness.quote(root), "&& LC_ALL=C.UTF-8 TZ=UTC HOME=" .. harness.quote(folder),
    "BENCH_DB=" .. harness.quote(harness.database), "timeout 120", harness.quote(bench) }
  for _, word in ipairs { ... } do
    words[#words + 1] = harness.quote(word)
  end
  local pipe = io.popen(table.concat(words, " ") .. " 2>&1 </dev/null")
  local text = pipe:read "a"
  local _, _, code = pipe:close()
  return text, code
end

-- The first row of a query as texts; an empty one is null.
function harness.row(sql, database)
  local text = harness.bench("sql", sql, "--format", "csv", "--db", database or harness.database)
  local line = text:match "^[^\n]*\n([^\n]*)" or ""
  local cells = {}
  for cell in (line .. ","):gmatch "([^,]*)," do
    cells[#cells + 1] = cell
  end
  return table.unpack(cells)
end

function harness.number(sql)
  return tonumber((harness.row(sql)))
end

function harness.check(holds, format, ...)
  checked = checked + 1
  if not holds then
    failed = failed + 1
    io.stderr:write(format:format(...), "\n")
  end
  return holds
end

function harness.has(text, part)
  return harness.check(text:find(part, 1, true) ~= nil, "%q is not in:\n%s", part, text)
end

function harness.near(got, wanted, what)
  local close = got and wanted and math.abs(got - wanted) <= 1e-6 * math.max(math.abs(wanted), 1e-9)
  return harness.check(close, "%s is %s, not %s", what, tostring(got), tostring(wanted))
end

-- Ends the program; a test that looked at nothing has failed.
function harness.finish(least)
  os.execute("rm -r " .. harness.quote(folder))
  print(("%d checks, %d failed"):format(checked, failed))
  os.exit(failed == 0 and checked >= least)
end

return harness
