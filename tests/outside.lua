-- What tests share that run bench as a process of its own.
local outside = { failures = 0 }

-- What a command line printed, and its exit code.
function outside.output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("a")
  local _, _, code = pipe:close()
  return text, code
end

-- A new empty folder. Who makes one removes it.
function outside.folder()
  return outside.output("mktemp -d"):match("[^\n]+")
end

-- The bytes of a file; nil where there is none.
function outside.read(path)
  local file <close> = io.open(path, "rb")
  return file and file:read("a")
end

function outside.write(path, text)
  local file <close> = assert(io.open(path, "wb"))
  file:write(text)
end

-- Counts what does not hold, and says it.
function outside.check(condition, ...)
  if condition then return end
  outside.failures = outside.failures + 1
  print("WRONG  " .. string.format(...))
end

-- The same, and what holds is said, too.
function outside.judge(condition, ...)
  if condition then print("ok     " .. string.format(...)) end
  outside.check(condition, ...)
end

-- Of `all` drawn ones that are so with a share of `percent`: the most that are, or the least, with three deviations of
-- luck.
function outside.most_of(all, percent)
  return all * percent / 100 + 3 * math.sqrt(all * percent / 100 * (1 - percent / 100))
end

function outside.least_of(all, percent)
  return all - outside.most_of(all, 100 - percent)
end

-- Says how many checks failed, and ends the program; what was made stays where one did.
function outside.finish_oracle(folder)
  if outside.failures == 0 then
    os.execute("rm -rf '" .. folder .. "'")
  end
  print(outside.failures == 0 and "the oracle agrees" or outside.failures .. " differences; see " .. folder)
  os.exit(outside.failures == 0)
end

-- What `condition` gives once it gives something; it is asked for two minutes, since a busy machine takes its time.
function outside.wait_for(what, condition)
  for _ = 1, 1200 do
    local found = condition()
    if found then return found end
    os.execute "sleep 0.1"
  end
  outside.check(false, "%s: it did not come", what)
end

return outside
