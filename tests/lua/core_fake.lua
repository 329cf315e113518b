-- What C gives to lib/, for tests of its pure modules: just enough, with the same words for errors.
local cjson = require "cjson"

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
package.path = here .. "../../lib/?.lua;" .. package.path
local figures = dofile(here .. "../oracle/figures.lua")

local fake = { written = {}, errors = {}, options = { unknown = {} }, now = 0 }

local function distance(a, b)
  local row = {}
  for j = 0, #b do
    row[j] = j
  end
  for i = 1, #a do
    local diagonal = row[0]
    row[0] = i
    for j = 1, #b do
      local above = row[j]
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      row[j] = math.min(above + 1, row[j - 1] + 1, diagonal + cost)
      diagonal = above
    end
  end
  return row[#b]
end

local function nearest(word, list)
  local best, least = nil, math.max(2, #word // 3) + 1
  for _, candidate in ipairs(list) do
    local far = distance(word, candidate)
    if far < least then
      best, least = candidate, far
    end
  end
  return best
end

local seconds_per = { ns = 1e-9, us = 1e-6, ms = 1e-3, s = 1, m = 60, h = 3600 }

local function duration(value)
  if type(value) == "number" then
    return value
  end
  local number, unit = value:match("^(%d+%.?%d*)(%a+)$")
  if not (number and seconds_per[unit]) then
    return nil, ("\"%s\" is no duration"):format(value)
  end
  return tonumber(number) * seconds_per[unit]
end

local array_mt = {}

local function preload(name, module)
  package.preload["core." .. name] = function()
    return module
  end
end

preload("text", {
  nearest = nearest,
  width = function(text) return utf8.len(text) end,
  characters = function(text) return utf8.len(text) end,
  is_utf8 = function(text) return utf8.len(text) ~= nil end,
  digest = function(text) return "digest of " .. text end,
  clean = function(text) return text end,
  quoted = function(text) return text:find "[%s%[]" and "'" .. text .. "'" or text end,
  shown = function(text)
    return (text:gsub("[\0-\8\11-\31]", "\u{FFFD}"):gsub("\xC2[\x80-\x9F]", "\u{FFFD}"))
  end,
})
preload("source", {
  where = function() return "mine.lua:7: " end,
  script = function() return { name = "mine", path = "mine.lua", text = "" } end,
  read = function() return nil, "nothing can be read here" end,
  allow = function() end,
  head = function(path, bytes) return fake.files and fake.files[path] and fake.files[path]:sub(1, bytes) end,
})
preload("clock", {
  duration = duration,
  now = function() return fake.now end,
  wall = function() return 0 end,
  utc = function(seconds) return os.date("!%Y-%m-%dT%H:%M:%S.000Z", seconds) end,
  sleep = function(seconds) fake.now = fake.now + seconds return true end,
})

preload("series", {
  new = function()
    local values = {}
    return {
      add = function(_, value) values[#values + 1] = value end,
      count = function() return #values end,
      mean = function() return figures.of(values).mean end,
      stddev = function() return figures.of(values).stddev end,
      quantile = function(_, p) return figures.quantile(values, p) end,
    }
  end,
})
preload("store", {})
preload("quantile", {
  linear = figures.quantile,
  supported = function(n, p) return p ^ n <= 0.05 end,
})

local function number_text(number)
  return (math.type(number) == "integer" and "%d" or "%.17g"):format(number)
end

preload("sheet", {
  number = function(value)
    return value == math.floor(value) and ("%.0f"):format(value) or number_text(value)
  end,
})

local function encode(value)
  if type(value) == "number" then
    return number_text(value)
  elseif type(value) ~= "table" then
    return cjson.encode(value)
  end
  local parts = {}
  if #value > 0 or getmetatable(value) == array_mt then
    for index, item in ipairs(value) do
      parts[index] = encode(item)
    end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  for name, item in pairs(value) do
    parts[#parts + 1] = cjson.encode(name) .. ":" .. encode(item)
  end
  table.sort(parts)
  return "{" .. table.concat(parts, ",") .. "}"
end

preload("json", {
  null = cjson.null,
  array_mt = array_mt,
  is_array = function(value) return getmetatable(value) == array_mt end,
  decode = function(text)
    local ok, value = pcall(cjson.decode, text)
    return ok and value or nil, not ok and "not JSON" or nil
  end,
  encode = encode,
  fill_first = function() end,
  string = cjson.encode,
  number = number_text,
})
preload("random", {
  fresh_seed = function() return 1 end,
  new = function(seed)
    local state = seed
    return {
      below = function(_, n)
        state = (state * 1103515245 + 12345) % 2147483648
        return state // 65536 % n
      end,
    }
  end,
})
local function ends_in_key(name)
  return name:lower():find "key$" ~= nil
end

preload("secret", {
  literal = function(text) return { secret = text } end,
  is = function(value) return type(value) == "table" and value.secret ~= nil end,
  environment = function(name) return { secret = name } end,
  is_name = ends_in_key,
  is_query_name = ends_in_key,
})
preload("record", { write = function(...) fake.written[#fake.written + 1] = { ... } end })
preload("options", fake.options)
preload("output", {
  err = function(text) fake.errors[#fake.errors + 1] = text end,
  out = function() end,
  is_full = function() return false end,
  is_terminal = function() return false end,
  columns = function() return 80 end,
})
preload("machine", { temperature = function() return fake.temperature and fake.temperature() end })
preload("http", {})
preload("embedded", { text = function() return nil end })
preload("extract", {})
preload("sim", {})
preload("signal", {})
preload("worker", { index = 0, count = 1 })
preload("task", { own = function() return fake end })

-- The message of a wrong use or a refusal.
function fake.message(f, ...)
  local ok, problem = pcall(f, ...)
  assert(not ok, "nothing was refused")
  return tostring(problem)
end

return fake
