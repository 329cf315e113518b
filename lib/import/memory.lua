-- One JSON document is held in memory as a whole. What that takes, and whether it is there.
local memory = {}

local SMALL = 64 << 20 -- bytes that nobody asks about
local TIMES = 8 -- of its size: the text, its tokens, and tables for all that it holds; results of 100 MB took 6

local function free_bytes()
  local file = io.open("/proc/meminfo", "rb")
  local kilobytes = file and file:read("a"):match "MemAvailable:%s*(%d+) kB"
  if file then
    file:close()
  end
  return kilobytes and tonumber(kilobytes) * 1024
end

local function gigabytes(bytes)
  return ("%.1f GB"):format(bytes / 1e9)
end

-- A sentence for a document of that many bytes that this machine could not hold, else nil.
function memory.refusal(bytes)
  local free = bytes > SMALL and free_bytes()
  if free and bytes * TIMES > free then
    return ("one JSON document of %s takes some %s of memory, and %s are free; what has a line for each request, "
      .. "as JSONL, takes no more than its longest line"):format(gigabytes(bytes), gigabytes(bytes * TIMES),
      gigabytes(free))
  end
end

return memory
