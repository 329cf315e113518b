-- Runs every code block of the README pages, each page in a process of its own: lua5.4 tests/pages.lua BENCH ROOT
--   sh       run as it stands, in an empty folder where scripts/, examples/, db/, build/release/bench and ./dev are
--            those of the tree; must end with 0, or as a comment `# exit 4` in it says
--   console  lines that begin with "$ " are run, the rest is what they printed
--   lua      a scenario: run against the simulated server; a copy of a file in scripts/ must be that file
--   sql      asked of the runs that the blocks before it made; must give at least one row
--   text     not run: output, or a picture
-- On the usual ports of Ollama, llama-server and vLLM simulated ones listen where nothing else does.
-- Installing, cloning and ./dev itself are the test of ./dev: such lines are only held against its help.
package.path = (arg[0]:match("^(.*)/[^/]*$") or ".") .. "/?.lua;" .. package.path
local outside = require "outside"
local output, read, write = outside.output, outside.read, outside.write

local PAGES = { "README.md", "README.zh-CN.md", "db/README.md" }
local SERVERS = {
  { "ollama", 11434, "qwen2:0.5b" },
  { "llamacpp", 8080, "Qwen2-0.5B-Instruct" },
  { "vllm", 8000, "Qwen/Qwen2-0.5B-Instruct" },
}

local bench, root, only = arg[1], arg[2], arg[3]
assert(bench and root, "usage: pages.lua BENCH ROOT [PAGE]")

-- In a network of its own where the machine lets us make one: the usual ports are free there, whatever runs here.
local function go_alone()
  local unshare = "unshare -rn sh -c 'ip link set lo up%s'%s"
  if os.getenv "PAGES_ALONE" or not os.execute(unshare:format("", " 2>/dev/null")) then return end
  local words = string.format(" - '%s' '%s' '%s'", arg[0], bench, root)
  os.exit((os.execute("PAGES_ALONE=1 " .. unshare:format(' && exec lua5.4 "$@"', words))) or false)
end
go_alone()

local folder = outside.folder()
local absolute_root = output("cd '" .. root .. "' && pwd"):match("[^\n]+")
local absolute_bench = output("realpath '" .. bench .. "'"):match("[^\n]+")
local help = output("'" .. absolute_root .. "/dev' help")

local function prepare()
  os.execute(string.format([[
    cd '%s' && mkdir -p build/release bin home && ln -s '%s' build/release/bench && ln -s '%s' bin/bench &&
    cp -r '%s/scripts' '%s/examples' '%s/db' .]], folder, absolute_bench, absolute_bench, absolute_root, absolute_root,
    absolute_root))
end

local pids = {}

local function serve()
  for _, server in ipairs(SERVERS) do
    local kind, port, model = table.unpack(server)
    local command = string.format("'%s' sim --kind %s --port %d --name '%s' --ttft 5ms --tpot 1ms --output-tokens 20 "
      .. ">'%s/%s.out' 2>&1 & echo $!", absolute_bench, kind, port, model, folder, kind)
    pids[#pids + 1] = output(command):match("%d+")
  end
  os.execute("sleep 0.5")
end

local ENVIRONMENT = "cd '%s' && export HOME='%s/home' XDG_DATA_HOME='%s/home' PATH='%s/bin':$PATH NO_COLOR=1; "
  .. "unset BENCH_DB OLLAMA_HOST OPENAI_BASE_URL OPENAI_API_KEY; "

local function run(script, name)
  write(folder .. "/block.sh", script)
  local text, code = output(string.format(ENVIRONMENT .. "timeout 300 sh -e block.sh 2>&1 </dev/null", folder, folder,
    folder, folder))
  local wanted = math.tointeger(script:match("# exit (%d+)")) or 0
  if code == wanted then return true end
  return false, string.format("%s ended with %d, not %d:\n%s\n%s", name, code, wanted, script, text)
end

-- Lines that stand for the tree's own tools: true, or false and what is wrong.
local function of_the_tree(line)
  local word = line:match("^%./dev (%a+)")
  if word and not help:find("./dev " .. word, 1, true) then return true, "./dev has no " .. word end
  if word then return true end
  return line:find("^git clone ") or line:find("^cd ") or line:find("^sudo ") or line:find("^apt")
end

local function shell_block(lines, name)
  local kept = {}
  for line in lines:gmatch("[^\n]+") do
    local skipped, wrong = of_the_tree(line)
    if wrong then return false, name .. ": " .. wrong end
    if not skipped then kept[#kept + 1] = line end
  end
  return run(table.concat(kept, "\n") .. "\n", name)
end

local runners = {
  sh = shell_block,
  console = function(text, name)
    local commands = {}
    for line in ("\n" .. text):gmatch("\n%$ ([^\n]*)") do commands[#commands + 1] = line end
    if #commands == 0 then return false, name .. ": no line begins with $" end
    return shell_block(table.concat(commands, "\n"), name)
  end,
  lua = function(text, name)
    local summary = text:match("summary = \"([^\"]*)\"")
    for path in output("ls '" .. absolute_root .. "'/scripts/*.lua"):gmatch("[^\n]+") do
      local script = read(path)
      if summary and script:find(summary, 1, true) and script ~= text then
        return false, name .. ": is not the same as " .. path
      end
    end
    write(folder .. "/block.lua", text)
    return run("bench run block.lua\n", name)
  end,
  sql = function(text, name)
    write(folder .. "/block.sql", text)
    return run("bench sql --format csv <block.sql >block.csv\n[ $(wc -l <block.csv) -ge 2 ]\n", name)
  end,
  text = function() return true end,
}

local function run_page(page)
  local failures, count, line = 0, 0, 0
  local language, block, first
  for each in (read(absolute_root .. "/" .. page) .. "\n"):gmatch("(.-)\n") do
    line = line + 1
    local fence = each:match("^```(.*)$")
    if fence and not block then
      language, block, first = fence, {}, line
    elseif fence then
      local name = page .. ":" .. first
      local ok, message = false, name .. ": a block says what it is: sh, console, lua, sql or text, not " .. language
      if runners[language] then ok, message = runners[language](table.concat(block, "\n") .. "\n", name) end
      count = count + 1
      if not ok then
        failures = failures + 1
        print("FAILED " .. message)
      end
      block = nil
    elseif block then
      block[#block + 1] = each
    end
  end
  assert(not block, page .. ": a block without its end")
  print(string.format("%s: %d blocks, %d failed", page, count, failures))
  return failures + (count == 0 and 1 or 0)
end

-- The page `only`, where the servers are there already.
local function check_page()
  prepare()
  local done, failures = pcall(run_page, only)
  os.execute("rm -rf '" .. folder .. "'")
  if not done then print(failures) end
  os.exit(done and failures == 0)
end

-- Most of the time of a page is waiting: they run side by side.
local function main()
  if only then return check_page() end
  serve()
  local processes, good = {}, true
  for i, each in ipairs(PAGES) do
    processes[i] = io.popen(string.format("lua5.4 '%s' '%s' '%s' '%s'", arg[0], absolute_bench, absolute_root, each))
  end
  for _, process in ipairs(processes) do
    io.write(process:read("a"))
    good = process:close() == true and good
  end
  for _, pid in ipairs(pids) do os.execute("kill " .. pid .. " 2>/dev/null") end
  os.execute("rm -rf '" .. folder .. "'")
  os.exit(good)
end

main()
