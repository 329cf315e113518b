-- From the short notation of a case's server script to a play file (runtime/sim/PLAY.md).
-- Strings and macros stand in lines that begin with `@` or `every`; everything else goes through.
local notation = {}

local ESCAPES = { n = "\n", r = "\r", t = "\t", ["0"] = "\0" }

-- "\n", "\xE4", ... as in C; any other character after a backslash stands for itself.
local function unescape(text)
  text = text:gsub("\\x(%x%x)", function(hex)
    local byte = string.char(tonumber(hex, 16))
    return byte == "\\" and "\\\\" or byte
  end)
  return (text:gsub("\\(.)", function(c) return ESCAPES[c] or c end))
end
notation.unescape = unescape

local function quote(bytes)
  return '"' .. bytes:gsub('[%c"\\\128-\255]', function(c)
    return string.format("\\x%02X", c:byte())
  end) .. '"'
end

local function usage(prompt, output)
  return string.format('"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}',
    prompt, output, prompt + output)
end

local function event(json)
  return "data: " .. json .. "\n\n"
end

-- u=7/3 and u=null, beside the choices.
local function usage_beside(options)
  local prompt, output = (options.u or ""):match("^(%d+)/(%d+)$")
  if prompt then
    return "," .. usage(math.tointeger(prompt), math.tointeger(output))
  end
  return options.u == "null" and ',"usage":null' or ""
end

local function choice(delta, finish, options)
  return event(string.format('{"choices":[{"index":%s,"delta":%s,"finish_reason":%s}]%s}',
    options.i or "0", delta, finish, usage_beside(options)))
end

local function ollama_line(content, rest)
  return '{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"'
    .. content .. '"},' .. rest .. "}\n"
end

-- Each gets its first argument as it stands (a JSON string's inside, or JSON) and the named ones.
local macros = {
  R = function() return choice('{"role":"assistant","content":""}', "null", {}) end,
  C = function(text, options) return choice('{"content":"' .. text .. '"}', "null", options) end,
  X = function(delta, options) return choice(delta, "null", options) end,
  F = function(reason, options) return choice("{}", '"' .. reason .. '"', options) end,
  U = function(counts)
    local prompt, output = counts:match("^(%d+),(%d+)$")
    return event('{"choices":[],' .. usage(math.tointeger(prompt), math.tointeger(output)) .. "}")
  end,
  D = function() return event("[DONE]") end,
  O = function(text) return ollama_line(text, '"done":false') end,
  OF = function(fields)
    return ollama_line("", '"done":true,"done_reason":"stop"' .. (fields == "" and "" or "," .. fields))
  end,
}

-- The end of a quoted string that begins at `at`.
local function string_end(line, at)
  local mark, i = line:sub(at, at), at + 1
  while line:sub(i, i) ~= mark do
    assert(i <= #line, "a string without its end: " .. line)
    i = i + (line:sub(i, i) == "\\" and 2 or 1)
  end
  return i
end

-- The bracket that closes the one at `at`; brackets in strings do not count.
local function bracket_end(line, at)
  local depth, i = 0, at
  while i <= #line do
    local c = line:sub(i, i)
    if c == '"' then
      i = string_end(line, i)
    elseif c:find("[%({]") then
      depth = depth + 1
    elseif c:find("[%)}]") then
      depth = depth - 1
      if depth == 0 then return i end
    end
    i = i + 1
  end
  error("a bracket without its end: " .. line)
end

-- `"x",u=7/3,i=1` -> the text x and { u = "7/3", i = "1" }
local function arguments(name, text)
  local options = {}
  if name == "C" or name == "F" or name == "O" then
    local last = string_end(text, 1)
    for key, value in text:sub(last + 1):gmatch("(%a)=([%w/]+)") do options[key] = value end
    return text:sub(2, last - 1), options
  end
  return text, options
end

local function macro(line, at)
  local name = line:match("^%u+", at)
  assert(macros[name], "no such macro: " .. line:sub(at))
  local after = at + #name
  if not line:find("^[%({]", after) then
    return macros[name]("", {}), after
  end
  local last = bracket_end(line, after)
  local text, options = arguments(name, line:sub(after + 1, last - 1))
  return macros[name](text, options), last + 1
end

-- One piece of a line: its bytes, how often, and where the next begins. [a,b] cuts as string.sub does.
local function piece(line, at)
  local bytes, after
  if line:find("^[\"']", at) then
    local last = string_end(line, at)
    bytes, after = unescape(line:sub(at + 1, last - 1)), last + 1
  else
    bytes, after = macro(line, at)
  end
  local from, to, slice_end = line:match("^%[(%-?%d+),(%-?%d+)%]()", after)
  if from then
    bytes, after = bytes:sub(math.tointeger(from), math.tointeger(to)), slice_end
  end
  local times, times_end = line:match("^%*(%d+)()", after)
  return bytes, times, times_end or after
end

local function expand_line(line)
  local head, at = line:match("^(%S+)%s+()")
  if head == "every" then
    head, at = line:match("^(%S+%s+%S+)%s+()")
  end
  local out = { head }
  while at <= #line do
    local word, word_end = line:match("^(%u%u%u+)%s*()", at)
    if word == "END" or word == "CLOSE" or word == "RST" then
      out[#out + 1], at = word, word_end
    else
      local bytes, times, after = piece(line, at)
      out[#out + 1] = quote(bytes) .. (times and "*" .. times or "")
      at = line:match("^%s*()", after)
    end
  end
  return table.concat(out, " ")
end

function notation.expand(text)
  local out = {}
  for line in text:gmatch("[^\n]+") do
    local is_sent = line:find("^%s*@") or line:find("^%s*every ")
    out[#out + 1] = is_sent and expand_line(line:match("^%s*(.-)%s*$")) or line
  end
  return table.concat(out, "\n") .. "\n"
end

return notation
